create or replace view recon.difficulty_findings as
select
  f.first_date as from_date,
  f.last_date as to_date,
  f.difficulty,
  f.kind,
  f.explanation,
  f.undecided
from recon.findings_between(null, null) f;

comment on view recon.difficulty_findings is
  'The stretches of stored difficulties that the chain or the protocol makes implausible: the '
  'dates of recon.suspect_difficulties, one stretch a cause.';
comment on column recon.difficulty_findings.from_date is 'First date.';
comment on column recon.difficulty_findings.to_date is 'Last date.';
comment on column recon.difficulty_findings.difficulty is
  'The value, where it is the same on all of them.';
comment on column recon.difficulty_findings.kind is
  'false_form, wrong_epoch, step, interpolated, short_epoch or long_epoch: see '
  'recon.suspect_difficulties.';
comment on column recon.difficulty_findings.explanation is 'The same in words.';
comment on column recon.difficulty_findings.undecided is 'Dates of it that nobody accepted.';
