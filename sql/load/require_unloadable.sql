create or replace function recon.require_unloadable(load_id bigint)
returns void
language plpgsql stable
as $$
declare
  v_load record;
  v_replaced record;
begin
  select h.loaded_rows, h.dates, h.unloaded_at
  into v_load
  from recon.load_history h
  where h.load_id = require_unloadable.load_id;

  if not found then
    raise exception 'there is no load %', require_unloadable.load_id
      using errcode = 'invalid_parameter_value',
        hint = 'The loads there are: select * from recon.load_history';
  elsif v_load.unloaded_at is not null then
    raise exception 'load % was taken away already, at % UTC',
      require_unloadable.load_id,
      to_char(v_load.unloaded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
      using errcode = 'invalid_parameter_value',
        hint = 'The loads there are: select * from recon.load_history';
  elsif v_load.loaded_rows = 0 then
    raise exception 'load % brought no rows', require_unloadable.load_id
      using errcode = 'invalid_parameter_value', hint = 'There is nothing to take away.';
  elsif v_load.dates = 0 then
    raise exception 'load % is of a version that kept no account of the rows of a load',
      require_unloadable.load_id
      using errcode = 'invalid_parameter_value',
        hint = 'Load a corrected file of the same dates with --replace.';
  end if;

  select sum(d.loaded_rows) as loaded_rows,
    count(*) as dates,
    min(d.settlement_date) as first_date,
    (array_agg(d.replaced_by order by l.loaded_at desc))[1] as load_id
  into v_replaced
  from recon.loaded_days d
  join recon.loads l on l.load_id = d.replaced_by
  where d.load_id = require_unloadable.load_id
    and d.replaced_by is not null;

  if v_replaced.dates > 0 then
    raise exception
      '% of the % rows of load %, on % of its % dates from % on, were replaced, last by load %',
      v_replaced.loaded_rows,
      v_load.loaded_rows,
      require_unloadable.load_id,
      v_replaced.dates,
      v_load.dates,
      v_replaced.first_date,
      v_replaced.load_id
      using errcode = 'invalid_parameter_value',
        hint = 'Nothing was taken away: those rows are gone already. recon-kit load --replace puts '
          'a file in the place of what its dates have.';
  end if;
end
$$;

comment on function recon.require_unloadable(bigint) is
  'Error 22023 where a load is none, was taken away already, was replaced on any of its dates, or '
  'is of a version that kept no account of its rows.';
