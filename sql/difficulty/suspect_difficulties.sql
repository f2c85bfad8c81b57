create or replace view recon.suspect_difficulties as
select
  s.settlement_date,
  s.difficulty,
  s.kind,
  s.explanation,
  s.first_date as from_date,
  s.last_date as to_date,
  s.is_accepted
from recon.suspects_between(null, null) s;

comment on view recon.suspect_difficulties is
  'The stored difficulties that the protocol makes implausible, date by date, worked out from the '
  'whole series each time.';
comment on column recon.suspect_difficulties.settlement_date is 'The date.';
comment on column recon.suspect_difficulties.difficulty is 'Its stored value.';
comment on column recon.suspect_difficulties.kind is
  'false_form = no target of 24 bits gives it; wrong_epoch = it was not in force on the date, by '
  'the table of retargets or the lengths of the epochs; step = too far from the dates around it; '
  'interpolated = another value on consecutive days; short_epoch, long_epoch = too few or too many '
  'days from one retarget to the next.';
comment on column recon.suspect_difficulties.explanation is 'The same in words.';
comment on column recon.suspect_difficulties.from_date is 'First date of the stretch it is in.';
comment on column recon.suspect_difficulties.to_date is 'Last date of the stretch it is in.';
comment on column recon.suspect_difficulties.is_accepted is 'Whether a person accepted it.';
