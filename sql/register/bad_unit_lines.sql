create or replace function recon.bad_unit_lines()
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
        when recon.farm_id_fault(s.farm_id) is not null
          then recon.farm_id_fault(s.farm_id)
        when s.line_no > min(s.line_no) over (partition by s.farm_id)
          then format(
            'farm_id %L is there twice, first in line %s',
            s.farm_id,
            min(s.line_no) over (partition by s.farm_id)
          )
        when not recon.is_number(s.capacity_mw)
          then format('capacity_mw %L is not a number', s.capacity_mw)
        when s.capacity_mw::numeric not between 0 and 10000
          then format('capacity_mw %s is not between 0 and 10,000 MW', s.capacity_mw)
      end as reason
    from recon.staged_units s
  )
  select c.line_no, c.reason from checked c where c.reason is not null
$$;

comment on function recon.bad_unit_lines() is
  'The staged lines of a register that cannot be BM units, with the reason. Where there is no '
  'capacity, or 0, it is not known.';
