-- Of the days that a run has seen, as it saw them: what it has not is pending. Whether older
-- difficulties are plausible takes long to work out and rarely changes: recon.analyze() does.
create or replace view recon.difficulty_readings as
with
missing as (
  select d.settlement_date
  from recon.days d
  where d.curtailed_mwh > 0
    and d.outcome <> 'skipped'
    and not exists (
      select from recon.network_difficulties n where n.settlement_date = d.settlement_date
    )
),
suspect as (
  select s.settlement_date
  from recon.suspects_between(
    (pg_catalog.now() at time zone 'Europe/London')::date - 100, null
  ) s
  join recon.days d using (settlement_date)
  where not s.is_accepted
    and d.curtailed_mwh > 0
    and d.outcome <> 'skipped'
),
found as (
  select 'missing_difficulty' as name, m.settlement_date from missing m
  union all
  select 'suspect_difficulty' as name, s.settlement_date from suspect s
)
select
  k.name,
  count(f.settlement_date)::numeric as value,
  case count(f.settlement_date)
    when 0 then k.fine
    when 1 then format(
      'the difficulty of %s %s', to_char(min(f.settlement_date), 'YYYY-MM-DD'), k.is_so
    )
    else format(
      'the difficulty of %s days %s, %s to %s',
      count(f.settlement_date),
      k.is_so,
      to_char(min(f.settlement_date), 'YYYY-MM-DD'),
      to_char(max(f.settlement_date), 'YYYY-MM-DD')
    )
  end as finding,
  coalesce(
    string_agg(
      distinct case
        when k.name <> 'missing_difficulty' then k.next_step
        when recon.height_on(f.settlement_date) is not null then 'recon-kit difficulty propose'
        when recon.lack_of_difficulty(f.settlement_date) <> 'no difficulty'
          then 'recon-kit difficulty list'
        else k.next_step
      end,
      '; '
    ) filter (where f.settlement_date is not null),
    k.next_step
  ) as next_step
from (
  values
    (
      'missing_difficulty', 'is missing', 'every day with records has its difficulty',
      'recon-kit sync'
    ),
    (
      'suspect_difficulty', 'is suspect', 'the difficulties of the last 100 days are plausible',
      'recon-kit difficulty list'
    )
) k (name, is_so, fine, next_step)
left join found f using (name)
group by k.name, k.is_so, k.fine, k.next_step;

comment on view recon.difficulty_readings is
  'What recon.alerts compares with its limits: days with records that have no difficulty, and '
  'those of the last 100 days whose difficulty is suspect and undecided.';
comment on column recon.difficulty_readings.name is 'The alert.';
comment on column recon.difficulty_readings.value is 'Days.';
comment on column recon.difficulty_readings.finding is 'The same in words.';
comment on column recon.difficulty_readings.next_step is 'What to do about it.';
