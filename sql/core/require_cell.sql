create or replace function recon.require_cell(
  settlement_date date,
  settlement_period integer,
  farm_id text
)
returns boolean
language plpgsql stable
as $$
declare
  v_periods integer := recon.settlement_periods_in_day(require_cell.settlement_date);
  v_there text;
begin
  perform recon.require_known_date(require_cell.settlement_date);
  if exists (
    select from public.curtailment_records r
    where r.settlement_date = require_cell.settlement_date
      and r.settlement_period is not distinct from require_cell.settlement_period
      and r.farm_id is not distinct from require_cell.farm_id
  ) or exists (
    select from public.historical_bitcoin_calculations h
    where h.settlement_date = require_cell.settlement_date
      and h.settlement_period is not distinct from require_cell.settlement_period
      and h.farm_id is not distinct from require_cell.farm_id
  ) or exists (
    select from recon.repairs p
    where (p.settlement_date, p.settlement_period, p.farm_id)
      = (require_cell.settlement_date, require_cell.settlement_period, require_cell.farm_id)
  ) then
    return true;
  end if;

  if require_cell.settlement_period not between 1 and v_periods then
    raise exception 'there is no period % on %',
      require_cell.settlement_period, require_cell.settlement_date
      using errcode = 'invalid_parameter_value', hint = format('It has 1 to %s.', v_periods);
  end if;

  select 'It has records in periods '
    || string_agg(p.settlement_period::text, ', ' order by p.settlement_period)
  into v_there
  from (
    select distinct r.settlement_period
    from public.curtailment_records r
    where r.settlement_date = require_cell.settlement_date
      and r.farm_id = require_cell.farm_id
  ) p;

  v_there := coalesce(
    v_there,
    recon.similar_farms(
      require_cell.settlement_date, require_cell.settlement_period, require_cell.farm_id
    )
  );

  raise exception 'farm % has neither a record nor a calculation in period % of %',
    coalesce(require_cell.farm_id, '-'),
    coalesce(require_cell.settlement_period::text, '-'),
    require_cell.settlement_date
    using errcode = 'invalid_parameter_value',
      hint = coalesce(v_there, 'There is no record in that period at all.');
end
$$;

comment on function recon.require_cell(date, integer, text) is
  'True, or error 22023 where the date cannot be, has no such period, or the farm nothing in it, '
  'saying what exists. Null is the period or farm of a record that has none. What a record, a '
  'calculation or a repair names exists, whether or not it can be right.';
