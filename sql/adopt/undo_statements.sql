create or replace function recon.undo_statements()
returns table (part integer, statement text)
language plpgsql stable
as $$
declare
  v_adoption record;
  v_is_deployed boolean := to_regclass('recon.days') is not null;
  v_ours text[];
  v_dependent text;
begin
  if to_regclass('recon_legacy.adoption') is null then
    raise exception 'there is no adoption to undo'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'None was begun, or recon-kit adopt --confirm has ended it.';
  end if;
  select a.kit_was_there, a.absent into v_adoption from recon_legacy.adoption a;
  v_ours := v_adoption.absent;

  select recon.full_name(v.oid)
  into v_dependent
  from recon.view_dependencies d
  join pg_class r on r.oid = d.relation
  join pg_class v on v.oid = d.dependent
  where not v_adoption.kit_was_there
    and (
      r.relnamespace = 'recon'::regnamespace
      or r.relnamespace = 'public'::regnamespace and r.relname = any (v_ours)
    )
    and v.relnamespace <> 'recon'::regnamespace
    and not (v.relnamespace = 'public'::regnamespace and v.relname = any (v_ours))
  limit 1;
  if found then
    raise exception 'view % reads what the undo removes', v_dependent
      using errcode = 'dependent_objects_still_exist', hint = 'Drop it first.';
  end if;

  -- The locks that others wait for are those of triggers, indexes and constraints: each kind goes
  -- in a transaction of its own, and the hundreds of objects of the kit in another.
  return query
  select 1, format('drop trigger %I on %s', t.tgname, recon.full_name(t.tgrelid))
  from pg_trigger t
  join pg_proc p on p.oid = t.tgfoid
  join pg_class c on c.oid = t.tgrelid
  where not v_adoption.kit_was_there
    and p.pronamespace = 'recon'::regnamespace
    and c.relnamespace <> p.pronamespace
    and not t.tgisinternal
    and t.tgparentid = 0;

  -- Where history has been pruned, a day counts as repaired.
  return query
  select 2, 'alter table recon_legacy.adoption add column if not exists has_run boolean'
  union all
  select 2, 'lock table recon.days in share mode'
  where v_is_deployed
  union all
  select 2, 'update recon_legacy.adoption set has_run = exists (select from recon.days)'
  where v_is_deployed
  union all
  select 2, 'create table if not exists recon_legacy.repaired_days as '
    || case
      when v_is_deployed then
        'select d.settlement_date from recon.run_days d join recon.runs r using (run_id)'
        ' cross join recon_legacy.adoption a'
        ' where r.started_at >= a.started_at and d.missing + d.stale + d.wrong + d.orphan > 0'
        ' union select d.settlement_date from recon.days d'
        ' where not exists (select from recon.runs r where r.run_id = d.run_id)'
      else 'select null::date as settlement_date limit 0'
    end
  union all
  select 2, 'drop schema if exists recon cascade'
  where not v_adoption.kit_was_there
  union all
  select 2, format('drop table public.%I', p.table_name)
  from recon.platform_tables p
  where p.is_kits
    and p.relkind = 'r'
    and p.table_name = any (v_ours)
    and (p.holds = 'summaries' or recon.count_rows(p.relation) = 0);

  return query
  select 3, s.undo
  from recon_legacy.steps s
  where s.undo is not null;

  -- A kit that stays would pass the rows over or refuse them; it looks at every day again.
  return query
  select 4, u.statement
  from unnest(
    array[
      'select set_config(''recon.own_write'', ''on'', true)',
      'insert into recon.changes (settlement_date, reason) values (''-infinity'', ''verification'')'
    ]
  ) u (statement)
  where v_adoption.kit_was_there;

  return query
  select 4, format(
    'with back as (delete from recon_legacy.historical_bitcoin_calculations l'
    ' where not exists (select from recon_legacy.repaired_days d'
    ' where d.settlement_date = l.settlement_date) returning l.calculation)'
    ' insert into public.historical_bitcoin_calculations (%s) overriding system value select %s'
    ' from back l cross join lateral'
    ' jsonb_populate_record(null::public.historical_bitcoin_calculations, l.calculation) r',
    string_agg(quote_ident(t.column_name), ', ' order by t.position),
    string_agg('r.' || quote_ident(t.column_name), ', ' order by t.position)
  )
  from recon.table_columns t
  where t.schema_name = 'public'
    and t.table_name = 'historical_bitcoin_calculations'
    and not t.is_generated
  having count(*) > 0;

  return query
  select 4, 'do $do$ begin'
    ' if (select a.has_run from recon_legacy.adoption a) then'
    ' drop table recon_legacy.adoption, recon_legacy.steps, recon_legacy.unfit_calculations,'
    ' recon_legacy.repaired_days;'
    ' else drop schema recon_legacy cascade; end if; end $do$';
end
$$;

comment on function recon.undo_statements() is
  'What puts everything back that an adoption changed, in four transactions: triggers, the kit, '
  'what was added to the tables, then the rows that were removed, but for those of days that a run '
  'has repaired since. Repairs stay, and so does recon_legacy once there was a run. Error 55000 '
  'where there is no adoption.';
