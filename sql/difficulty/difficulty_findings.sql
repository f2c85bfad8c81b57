create or replace view recon.difficulty_findings as
select
  s.from_date,
  s.to_date,
  case
    when recon.is_same_difficulty(min(s.difficulty), max(s.difficulty)) then min(s.difficulty)
  end as difficulty,
  s.kind,
  s.explanation,
  count(*) filter (where not s.is_accepted) as undecided
from recon.suspect_difficulties s
group by s.from_date, s.to_date, s.kind, s.explanation;

comment on view recon.difficulty_findings is
  'The stretches of stored difficulties that the protocol makes implausible: the dates of '
  'recon.suspect_difficulties, one after another.';
comment on column recon.difficulty_findings.from_date is 'First date.';
comment on column recon.difficulty_findings.to_date is 'Last date.';
comment on column recon.difficulty_findings.difficulty is
  'The value, where it is the same on all of them.';
comment on column recon.difficulty_findings.kind is
  'step, interpolated, short_epoch or long_epoch.';
comment on column recon.difficulty_findings.explanation is 'The same in words.';
comment on column recon.difficulty_findings.undecided is 'Dates of it that nobody accepted.';
