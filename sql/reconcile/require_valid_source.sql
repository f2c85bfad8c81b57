create or replace function recon.require_valid_source(
  settlement_date date,
  settlement_period integer,
  farm_id text
)
returns boolean
language plpgsql stable
as $$
begin
  if exists (
    select from recon.curtailed_energy e
    where e.settlement_date = require_valid_source.settlement_date
      and e.settlement_period is not distinct from require_valid_source.settlement_period
      and e.farm_id is not distinct from require_valid_source.farm_id
      and not e.is_valid
  ) then
    raise exception 'the records of farm % in period % of % cannot be right',
      coalesce(require_valid_source.farm_id, '-'),
      coalesce(require_valid_source.settlement_period::text, '-'),
      require_valid_source.settlement_date
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Correct them in curtailment_records, or where they are loaded from.';
  end if;
  return true;
end
$$;

comment on function recon.require_valid_source(date, integer, text) is
  'True, or error 55000 where the energy of a date, period and farm cannot be right '
  '(recon.curtailed_energy): no run writes its cells.';
