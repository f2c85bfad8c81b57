create or replace function recon.ignore_writes(table_name text, is_on boolean default true)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set lock_timeout = '1s'
as $$
declare
  v_names constant text[] := array(
    select p.table_name from recon.platform_tables p where p.holds <> 'source'
  );
begin
  if ignore_writes.table_name = any (v_names) is not true or ignore_writes.is_on is null then
    raise exception 'writes to % cannot be ignored', quote_nullable(ignore_writes.table_name)
      using errcode = 'invalid_parameter_value',
        hint = 'Name one of the tables that the kit writes: ' || array_to_string(v_names, ', ')
          || '; and true or false.';
  end if;

  if exists (
    select
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass('public.' || ignore_writes.table_name)
      and not c.relispartition
  ) then
    raise exception 'writes to % cannot be ignored: it has children, which triggers do not reach',
      ignore_writes.table_name
      using errcode = 'feature_not_supported', hint = 'Make partitions of them, or one table.';
  end if;

  execute format('drop trigger if exists ignore_row on public.%I', ignore_writes.table_name);
  execute format('drop trigger if exists note_ignored on public.%I', ignore_writes.table_name);
  if ignore_writes.is_on then
    execute format(
      'create trigger ignore_row before insert or update or delete on public.%I for each row'
      ' when (coalesce(current_setting(''recon.own_write'', true), '''') <> ''on'''
      ' or pg_trigger_depth() > 0 or not has_schema_privilege(''recon'', ''create''))'
      ' execute function recon.ignore_row()',
      ignore_writes.table_name
    );
    execute format(
      'create trigger note_ignored after insert or update or delete on public.%I'
      ' for each statement execute function recon.note_ignored()',
      ignore_writes.table_name
    );
  end if;
end
$$;

comment on function recon.ignore_writes(text, boolean) is
  'Has all writes to historical_bitcoin_calculations or a table of summaries be passed over, but '
  'for the kit''s own, and noted in recon.ignored_writes; or, with is_on false, be taken again, '
  'noted as changes and corrected by the next run, the default. A statement that is passed over '
  'succeeds with no row: insert reports 0, returning returns nothing. Truncate is not passed over; '
  'it is corrected by the next run. What is written straight to a partition is passed over too, '
  'and not noted; so are the rows of a restore of data alone. Error 22023 for another table, 0A000 '
  'for one with children.';
