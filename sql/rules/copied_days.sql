create or replace function recon.copied_days(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    d.settlement_date,
    'copied_days',
    o.settlement_date::text,
    null::integer[],
    'critical',
    format(
      'all %s rows, %s MWh, are those of %s, period by period',
      d.source_rows,
      trim_scale(d.curtailed_mwh),
      o.settlement_date
    ),
    format('fetch %s again, then recon-kit load --replace FILE', d.settlement_date)
  from recon.source_days d
  cross join recon.settings s
  cross join lateral (
    select e.settlement_date
    from recon.source_days e
    where e.fingerprint = d.fingerprint
      and (e.changed_at, e.settlement_date) < (d.changed_at, d.settlement_date)
    order by e.changed_at, e.settlement_date
    limit 1
  ) o
  where d.settlement_date = any (copied_days.settlement_dates)
    and d.source_rows >= s.source_copy_rows
$$;

comment on function recon.copied_days(date[]) is
  'Rule: a day whose rows, settings.source_copy_rows or more, are those of another that was there '
  'before it; of several, the first.';
