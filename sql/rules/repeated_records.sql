-- A half hour that was ingested again has each of its rows twice. Rows that are alike in some other
-- way may be true: parts of one acceptance, or volumes that were rounded or capped. Of these only
-- such with hundredths of a MWh are counted.
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
        where w.is_whole
      ) as whole_periods,
      sum(p.repeated_rows) filter (where w.is_whole) as whole_rows,
      sum(p.curtailed_mwh * p.repeated_rows / p.source_rows) filter (where w.is_whole) as whole_mwh,
      max(p.source_rows::numeric / (p.source_rows - p.repeated_rows)) as copies,
      max(p.most_copies) as most_copies
    from recon.source_days d
    cross join recon.settings s
    join recon.source_periods p
      on p.settlement_date = d.settlement_date
      and p.repeated_rows > 0
    cross join lateral (
      select p.repeated_rows >= 0.4 * p.source_rows and p.source_rows >= 4 as is_whole
    ) w
    where d.settlement_date = any (repeated_records.settlement_dates)
    group by
      d.settlement_date, s.source_repeat_rows, s.source_repeat_share, s.source_repeat_copies
    having coalesce(sum(p.repeated_rows) filter (where w.is_whole), 0)
        >= greatest(s.source_repeat_rows, d.source_rows * s.source_repeat_share)
      or d.repeated_fine_rows >= greatest(s.source_repeat_rows, d.fine_rows * s.source_repeat_share)
      or max(p.most_copies) filter (where p.repeated_fine_rows > 0) >= s.source_repeat_copies
  )
  select
    r.settlement_date,
    'repeated_records',
    '',
    coalesce(r.whole_periods, r.periods),
    case when r.whole_rows >= 0.25 * r.source_rows then 'critical' else 'warning' end,
    format(
      '%s of %s rows repeat another in all columns, in periods %s; in the worst of them '
        'each is there %s times on average, and one %s times',
      r.repeated_rows,
      r.source_rows,
      recon.period_list(coalesce(r.whole_periods, r.periods)),
      round(r.copies, 1),
      r.most_copies
    ),
    case
      when r.whole_rows > 0 then format(
        'see what ingested periods %s again (%s rows, about %s MWh too many); fetch %s again, '
          'then recon-kit load --replace FILE',
        recon.period_list(r.whole_periods),
        r.whole_rows,
        round(r.whole_mwh),
        r.settlement_date
      )
      else format('compare them with where they came from: rows of %s may be alike and true',
        r.settlement_date)
    end
  from repeated r
$$;

comment on function recon.repeated_records(date[]) is
  'Rule: half hours of which each row is there again, settings.source_repeat_rows and '
  'settings.source_repeat_share of those of a day; and as many rows with hundredths of a MWh, or '
  'one of these settings.source_repeat_copies times, which are not alike by chance.';
