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
      d.curtailed_mwh,
      o.settlement_date
    ),
    format('fetch %s again and load it in their place', d.settlement_date)
  from recon.source_days d
  cross join recon.settings s
  join recon.source_days o
    on o.fingerprint = d.fingerprint
    and (o.changed_at, o.settlement_date) < (d.changed_at, d.settlement_date)
  where d.settlement_date = any (copied_days.settlement_dates)
    and d.source_rows >= s.source_copy_rows
$$;

comment on function recon.copied_days(date[]) is
  'Rule: a day whose rows, settings.source_copy_rows or more, are those of another that was there '
  'before it.';
