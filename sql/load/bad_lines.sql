create or replace function recon.bad_lines(load_id bigint)
returns table (line_no bigint, reason text)
language sql stable
as $$
  with
  dates as materialized (
    select t.settlement_date as date_text, recon.parse_date(t.settlement_date, 'YYYY-MM-DD') as parsed
    from (
      select distinct s.settlement_date
      from recon.staged_records s
      where s.load_id = bad_lines.load_id
    ) t
  ),
  checked as (
    select
      s.line_no,
      case
        when s.fault is not null
          then s.fault
        when d.parsed is null or not isfinite(d.parsed)
          then 'settlement_date ' || quote_nullable(s.settlement_date) || ' is not a date (YYYY-MM-DD)'
        when s.settlement_period is null or s.settlement_period !~ '^[0-9]{1,4}$'
          then 'settlement_period ' || quote_nullable(s.settlement_period) || ' is not a whole number'
        when s.settlement_period::integer
            not between 1 and recon.settlement_periods_in_day(d.parsed)
          then format(
            'settlement_period %s: %s has 1 to %s',
            s.settlement_period, d.parsed, recon.settlement_periods_in_day(d.parsed)
          )
        when coalesce(s.farm_id, '') = ''
          then 'farm_id is empty'
        else (
          select string_agg(format('%s %s is not a number', n.name, quote_nullable(n.value)), ', ')
          from (
            values
              ('volume', s.volume, true),
              ('payment', s.payment, true),
              ('original_price', s.original_price, false),
              ('final_price', s.final_price, false)
          ) n (name, value, is_required)
          where (n.is_required and n.value is null)
            or (n.value is not null and recon.parse_number(n.value) is null)
            or recon.parse_number(n.value) in ('NaN', 'Infinity', '-Infinity')
            or n.value like '%,%'
        )
      end as reason,
      s.so_flag,
      s.cadl_flag
    from recon.staged_records s
    left join dates d on d.date_text = s.settlement_date
    where s.load_id = bad_lines.load_id
  )
  select
    c.line_no,
    coalesce(
      c.reason,
      'so_flag or cadl_flag is neither true nor false: '
        || concat_ws(', ', c.so_flag, c.cadl_flag)
    )
  from checked c
  where c.reason is not null
    or lower(c.so_flag) not in ('true', 'false', 't', 'f', '1', '0')
    or lower(c.cadl_flag) not in ('true', 'false', 't', 'f', '1', '0')
$$;

comment on function recon.bad_lines(bigint) is
  'The staged lines of a load that cannot be records, with the reason.';
