create or replace function recon.bad_total_lines()
returns table (line_no bigint, reason text)
language sql stable
as $$
  with
  checked as (
    select
      s.line_no,
      case
        when s.fault is not null
          then s.fault
        when d.parsed is null
          then format('settlement_date %L is not a date (YYYY-MM-DD)', s.settlement_date)
        when not recon.has_day(d.parsed)
          then format('settlement_date %L is not a date of the calendar', s.settlement_date)
        when s.line_no > min(s.line_no) over (partition by d.parsed)
          then format(
            'settlement_date %L is there twice, first in line %s',
            s.settlement_date,
            min(s.line_no) over (partition by d.parsed)
          )
        when recon.is_number(s.curtailed_mwh) is not true
          then format('curtailed_mwh %L is not a number', s.curtailed_mwh)
        when s.curtailed_mwh::numeric not between 0 and 1000000
          then format('curtailed_mwh %s is not between 0 and 1,000,000 MWh', s.curtailed_mwh)
      end as reason
    from recon.staged_totals s
    cross join lateral (
      select recon.parse_date(s.settlement_date, 'YYYY-MM-DD') as parsed
    ) d
  )
  select c.line_no, c.reason from checked c where c.reason is not null
$$;

comment on function recon.bad_total_lines() is
  'The staged lines of a file of totals that cannot be the energy of a day, with the reason.';
