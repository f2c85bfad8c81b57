-- A calm is no outage: how long the source is silent now and then is learned from the year before.
create or replace view recon.silence_readings as
select
  'source_silence' as name,
  case
    when u.days >= s.source_min_days
      then round((t.today - n.settlement_date)::numeric / greatest(u.longest_gap, 3), 1)
  end as value,
  case
    when n.settlement_date is null then 'no run has seen a record yet'
    else format(
      'the newest record that a run has seen is of %s, %s days ago; the longest silence before was '
        '%s days',
      to_char(n.settlement_date, 'YYYY-MM-DD'),
      t.today - n.settlement_date,
      greatest(u.longest_gap, 3)
    )
  end as finding,
  'see what brings records in; then recon-kit load FILE' as next_step
from recon.settings s
cross join lateral (
  select (pg_catalog.now() at time zone 'Europe/London')::date as today
) t
left join (
  select max(d.settlement_date) as settlement_date
  from recon.days d
  where d.source_rows > 0
) n on true
left join lateral (
  select count(*) as days, max(g.gap) as longest_gap
  from (
    select d.settlement_date - lag(d.settlement_date) over (order by d.settlement_date) as gap
    from recon.days d
    where d.settlement_date > n.settlement_date - 400
      and d.source_rows > 0
  ) g
) u on true;

comment on view recon.silence_readings is
  'What recon.alerts compares with its limits: for how long no record has come, beside the longest '
  'such time of the 400 days before, of which at least settings.source_min_days must be known.';
comment on column recon.silence_readings.name is 'The alert.';
comment on column recon.silence_readings.value is 'Times that longest gap; null = not known yet.';
comment on column recon.silence_readings.finding is 'The same in words.';
comment on column recon.silence_readings.next_step is 'What to do about it.';
