create or replace view recon.day_readings as
with
problems as materialized (
  select
    d.outcome,
    count(*) as days,
    to_char(min(d.settlement_date), 'YYYY-MM-DD') as first_date
  from recon.days d
  where d.outcome <> 'reconciled'
  group by d.outcome
)
select
  k.name,
  coalesce(p.days, 0)::numeric as value,
  case
    when p.days is null then format('no day %s', k.is_so)
    when p.days = 1 then format('1 day %s: %s', k.is_so, p.first_date)
    else format('%s days %s, the first %s', p.days, k.are_so, p.first_date)
  end as finding,
  'recon-kit status' as next_step
from (
  values
    ('failed_days', 'failed', 'has failed', 'have failed'),
    ('blocked_days', 'blocked', 'is blocked', 'are blocked'),
    ('skipped_days', 'skipped', 'is skipped', 'are skipped')
) k (name, outcome, is_so, are_so)
left join problems p using (outcome);

comment on view recon.day_readings is
  'What recon.alerts compares with its limits: the days whose last reconciliation left them '
  'failed or blocked, and those skipped.';
comment on column recon.day_readings.name is 'The alert.';
comment on column recon.day_readings.value is 'Days.';
comment on column recon.day_readings.finding is 'The same in words.';
comment on column recon.day_readings.next_step is 'What to do about it.';
