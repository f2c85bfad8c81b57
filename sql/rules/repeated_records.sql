create or replace function recon.repeated_records(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  repeated as (
    select
      d.settlement_date,
      d.source_rows,
      d.repeated_rows,
      array_agg(p.settlement_period order by p.settlement_period) as periods,
      array_agg(p.settlement_period order by p.settlement_period) filter (
        where p.repeated_rows >= 0.5 * p.source_rows
          or p.most_copies >= s.source_repeat_copies
      ) as whole_periods,
      max(p.source_rows::numeric / (p.source_rows - p.repeated_rows)) as copies,
      max(p.most_copies) as most_copies
    from recon.source_days d
    cross join recon.settings s
    join recon.source_periods p
      on p.settlement_date = d.settlement_date
      and p.repeated_rows > 0
    where d.settlement_date = any (repeated_records.settlement_dates)
    group by d.settlement_date, s.only_row
    having d.repeated_rows >= greatest(s.source_repeat_rows, d.source_rows * s.source_repeat_share)
      or max(p.most_copies) >= s.source_repeat_copies
  )
  select
    r.settlement_date,
    'repeated_records',
    '',
    coalesce(r.whole_periods, r.periods),
    case when r.repeated_rows >= 0.25 * r.source_rows then 'critical' else 'warning' end,
    format(
      '%s of %s rows repeat another in all columns, in periods %s; in the worst of them '
        'each is there %s times on average, and one %s times',
      r.repeated_rows,
      r.source_rows,
      recon.period_list(coalesce(r.whole_periods, r.periods)),
      round(r.copies, 1),
      r.most_copies
    ),
    'delete all but the lowest id of each, and see what ingested them again'
  from repeated r
$$;

comment on function recon.repeated_records(date[]) is
  'Rule: rows that are there more than once: settings.source_repeat_rows and '
  'settings.source_repeat_share of those of a day, or one settings.source_repeat_copies times. '
  'They were ingested again; two equal acceptances are possible, and rare.';
