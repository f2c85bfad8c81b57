create or replace function recon.height_on(settlement_date date)
returns integer
language sql stable
as $$
  select e.height
  from (
    select
      r.height,
      coalesce(
        n.began_at, r.began_at + make_interval(days => t.difficulty_min_epoch_days + 1)
      ) > m.moment as is_in_force
    from (
      select recon.clamp_date(height_on.settlement_date)::timestamp at time zone 'UTC'
    ) m (moment)
    join recon.retargets r on r.began_at <= m.moment
    left join recon.retargets n on n.height = r.height + 2016
    cross join recon.settings t
    order by r.began_at desc
    limit 1
  ) e
  where e.is_in_force
$$;

comment on function recon.height_on(date) is
  'The height of the epoch in force at 00:00 UTC of a date, by the table of retargets; null where '
  'that does not say.';
