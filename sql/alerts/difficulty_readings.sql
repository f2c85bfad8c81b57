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
  select
    'missing_difficulty' as name,
    recon.difficulty_code(m.settlement_date) as code,
    count(*) as days,
    min(m.settlement_date) as first_date,
    max(m.settlement_date) as last_date
  from missing m
  group by recon.difficulty_code(m.settlement_date)
  union all
  select
    'suspect_difficulty' as name,
    'difficulty_suspect' as code,
    count(*) as days,
    min(s.settlement_date) as first_date,
    max(s.settlement_date) as last_date
  from suspect s
  having count(*) > 0
)
select
  k.name,
  coalesce(sum(f.days), 0)::numeric as value,
  case coalesce(sum(f.days), 0)
    when 0 then k.fine
    when 1 then format(
      'the difficulty of %s %s', to_char(min(f.first_date), 'YYYY-MM-DD'), k.is_so
    )
    else format(
      'the difficulty of %s days %s, %s to %s',
      sum(f.days),
      k.is_so,
      to_char(min(f.first_date), 'YYYY-MM-DD'),
      to_char(max(f.last_date), 'YYYY-MM-DD')
    )
  end as finding,
  string_agg(recon.next_step(f.code, f.first_date, f.last_date), '; ' order by f.first_date)
    as next_step
from (
  values
    ('missing_difficulty', 'is missing', 'every day with records has its difficulty'),
    (
      'suspect_difficulty', 'is suspect', 'the difficulties of the last 100 days are plausible'
    )
) k (name, is_so, fine)
left join found f using (name)
group by k.name, k.is_so, k.fine;

comment on view recon.difficulty_readings is
  'What recon.alerts compares with its limits: days with records that have no difficulty, and '
  'those of the last 100 days whose difficulty is suspect and undecided.';
comment on column recon.difficulty_readings.name is 'The alert.';
comment on column recon.difficulty_readings.value is 'Days.';
comment on column recon.difficulty_readings.finding is 'The same in words.';
comment on column recon.difficulty_readings.next_step is 'What to do about it.';
