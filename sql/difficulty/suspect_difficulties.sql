-- Epochs are judged without the dates that a step rules out, as if those were missing.
create or replace view recon.suspect_difficulties as
with
stored as materialized (
  select d.settlement_date, d.difficulty from recon.network_difficulties d
),
steps as materialized (
  select i.from_date, i.to_date, i.explanation
  from (
    select array_agg(s.settlement_date), array_agg(s.difficulty), array_agg(true) from stored s
  ) a (settlement_dates, difficulties, are_stored)
  cross join lateral recon.implausible_steps(a.settlement_dates, a.difficulties, a.are_stored) i
),
plausible as (
  select s.settlement_date, s.difficulty
  from stored s
  where not exists (
    select from steps p where s.settlement_date between p.from_date and p.to_date
  )
),
findings as (
  select 1 as place, p.from_date, p.to_date, 'step' as kind, p.explanation from steps p
  union all
  select 2, i.from_date, i.to_date, i.kind, i.explanation
  from (
    select array_agg(s.settlement_date), array_agg(s.difficulty) from plausible s
  ) a (settlement_dates, difficulties)
  cross join lateral recon.implausible_epochs(a.settlement_dates, a.difficulties) i
)
select distinct on (s.settlement_date)
  s.settlement_date,
  s.difficulty,
  f.kind,
  f.explanation,
  f.from_date,
  f.to_date,
  exists (
    select
    from recon.difficulty_decisions x
    where x.settlement_date = s.settlement_date
      and x.verdict = 'accepted'
      and recon.is_same_difficulty(x.difficulty, s.difficulty)
  ) as is_accepted
from findings f
join stored s on s.settlement_date between f.from_date and f.to_date
order by s.settlement_date, f.place;

comment on view recon.suspect_difficulties is
  'The stored difficulties that the protocol makes implausible, date by date, worked out from the '
  'whole series each time.';
comment on column recon.suspect_difficulties.settlement_date is 'The date.';
comment on column recon.suspect_difficulties.difficulty is 'Its stored value.';
comment on column recon.suspect_difficulties.kind is
  'step = too far from the dates around it; interpolated = another value on consecutive days; '
  'short_epoch, long_epoch = too few or too many days from one retarget to the next.';
comment on column recon.suspect_difficulties.explanation is 'The same in words.';
comment on column recon.suspect_difficulties.from_date is 'First date of the stretch it is in.';
comment on column recon.suspect_difficulties.to_date is 'Last date of the stretch it is in.';
comment on column recon.suspect_difficulties.is_accepted is 'Whether a person accepted it.';
