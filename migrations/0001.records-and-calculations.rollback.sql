-- Drops only what the kit created, and never a table that holds data.

do $$
declare
  v_created constant text := '%Created by recon-kit.';
begin
  if obj_description(to_regclass('public.historical_bitcoin_calculations')) like v_created then
    if exists (select from public.historical_bitcoin_calculations) then
      raise exception 'public.historical_bitcoin_calculations holds rows; rolling back loses them'
        using errcode = 'dependent_objects_still_exist',
          hint = 'Move or delete the rows first.';
    end if;
    drop table public.historical_bitcoin_calculations;
  end if;

  if obj_description(to_regclass('public.curtailment_records')) like v_created then
    if exists (select from public.curtailment_records) then
      raise exception 'public.curtailment_records holds rows; rolling back loses them'
        using errcode = 'dependent_objects_still_exist',
          hint = 'Move or delete the rows first.';
    end if;
    drop table public.curtailment_records;
  end if;
end
$$;
