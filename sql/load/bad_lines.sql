create or replace function recon.bad_lines(load_id bigint)
returns table (line_no bigint, reason text)
language sql stable
as $$
  with
  dates as materialized (
    select t.date_text, recon.parse_date(t.date_text, 'YYYY-MM-DD') as parsed
    from (
      select distinct s.settlement_date as date_text
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
        when d.parsed is null
          then format('settlement_date %L is not a date (YYYY-MM-DD)', s.settlement_date)
        when not recon.has_day(d.parsed)
          then format(
            'settlement_date %L is not a date of the calendar (%s to %s)',
            s.settlement_date,
            recon.clamp_date('-infinity'),
            recon.clamp_date('infinity')
          )
        when s.settlement_period is null or s.settlement_period !~ '^[0-9]{1,4}$'
          then format('settlement_period %L is not a whole number', s.settlement_period)
        when s.settlement_period::integer
            not between 1 and recon.settlement_periods_in_day(d.parsed)
          then format(
            'settlement_period %s: %s has 1 to %s',
            s.settlement_period,
            s.settlement_date,
            recon.settlement_periods_in_day(d.parsed)
          )
        when recon.farm_id_fault(s.farm_id) is not null
          then recon.farm_id_fault(s.farm_id)
        when n.fault is not null
          then n.fault
        when abs(s.volume::numeric) > recon.largest_volume()
          then format(
            'volume %s is beyond %s MWh', s.volume, to_char(recon.largest_volume(), 'FM999,999')
          )
        when lower(s.so_flag) not in ('true', 'false', 't', 'f', '1', '0')
            or lower(s.cadl_flag) not in ('true', 'false', 't', 'f', '1', '0')
          then 'so_flag or cadl_flag is neither true nor false: '
            || concat_ws(', ', s.so_flag, s.cadl_flag)
      end as reason
    from recon.staged_records s
    left join dates d on d.date_text = s.settlement_date
    cross join lateral (
      select string_agg(format('%s %L is not a number', v.name, v.value), ', ')
      from (
        values
          ('volume', s.volume),
          ('payment', s.payment),
          ('original_price', coalesce(s.original_price, '0')),
          ('final_price', coalesce(s.final_price, '0'))
      ) v (name, value)
      where recon.is_number(v.value) is not true
    ) n (fault)
    where s.load_id = bad_lines.load_id
  )
  select c.line_no, c.reason from checked c where c.reason is not null
$$;

comment on function recon.bad_lines(bigint) is
  'The staged lines of a load that cannot be records, with the reason.';
