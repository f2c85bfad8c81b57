-- A row that is right is not touched, whatever else is in it. Rows are found by what they are of,
-- and not by where they are, so that who changes one meanwhile is waited for.
create or replace function recon.publish(
  table_name text,
  sums recon.published_sum[],
  from_key text,
  to_key text
)
returns void
language plpgsql volatile
as $$
declare
  v_is_missing boolean;
  v_is_surplus boolean;
  v_table record;
  v_interference text;
begin
  select t.key_column, t.key_type, t.sum_type, t.is_dated
  into v_table
  from recon.published_tables t
  where t.table_name = publish.table_name;

  -- What somebody else writes meanwhile is seen the next time.
  for v_attempt in 1..3 loop
    select bool_or(d.is_missing), bool_or(d.is_surplus)
    into v_is_missing, v_is_surplus
    from recon.published_differences(
      publish.table_name, publish.sums, publish.from_key, publish.to_key
    ) d;
    if v_is_missing is null then
      return;
    end if;

    if v_is_surplus then
      execute format(
        'delete from public.%1$I t'
        ' where ($2 is null or t.%2$I >= $2::%3$s) and ($3 is null or t.%2$I <= $3::%3$s)'
        ' and (not exists (select from unnest($1) s'
        ' where s.key::%3$s = t.%2$I and s.miner_model = t.miner_model)'
        ' or exists (select from public.%1$I o'
        ' where o.%2$I = t.%2$I and o.miner_model = t.miner_model'
        ' and (o.tableoid, o.ctid) < (t.tableoid, t.ctid)))',
        publish.table_name, v_table.key_column, v_table.key_type
      )
      using publish.sums, publish.from_key, publish.to_key;
    end if;

    execute format(
      'update public.%1$I t set bitcoin_mined = s.bitcoin_mined%5$s from unnest($1) s'
      ' where t.%2$I = s.key::%3$s and t.miner_model = s.miner_model'
      ' and t.bitcoin_mined is distinct from s.bitcoin_mined::%4$s',
      publish.table_name, v_table.key_column, v_table.key_type, v_table.sum_type,
      case when v_table.is_dated then ', updated_at = pg_catalog.now()' end
    )
    using publish.sums;

    if v_is_missing then
      execute format(
        'insert into public.%1$I (%2$I, miner_model, bitcoin_mined%4$s)'
        ' select s.key::%3$s, s.miner_model, s.bitcoin_mined%5$s from unnest($1) s'
        ' where not exists (select from public.%1$I t'
        ' where t.%2$I = s.key::%3$s and t.miner_model = s.miner_model)'
        ' on conflict do nothing',
        publish.table_name, v_table.key_column, v_table.key_type,
        case when v_table.is_dated then ', updated_at' end,
        case when v_table.is_dated then ', pg_catalog.now()' end
      )
      using publish.sums;
    end if;
  end loop;

  if exists (
    select
    from recon.published_differences(
      publish.table_name, publish.sums, publish.from_key, publish.to_key
    )
  ) then
    v_interference := recon.interferences(to_regclass('public.' || publish.table_name));
    raise exception 'what was published to % is not what is stored: %',
      publish.table_name,
      coalesce('what interferes: ' || v_interference, 'somebody else writes to it')
      using errcode = case
          when v_interference is null then 'serialization_failure' else 'data_exception' end,
        hint = 'Drop what interferes, or keep it from the kit''s writes; then '
          || coalesce(
            format('select recon.retry_day(%L);', publish.from_key), 'call recon.reconcile();'
          );
  end if;
end
$$;

comment on function recon.publish(text, recon.published_sum[], text, text) is
  'Brings a table in public, between two keys (null = all), in line with these sums: one row of '
  'each, and none else. Writes bitcoin_mined and, where it is there, updated_at. Error 22000 where '
  'that does not stick, 40001 where somebody else wrote meanwhile.';
