create or replace function recon.undo_statements()
returns table (part integer, statement text)
language plpgsql stable
as $$
declare
  v_adoption record;
  v_ours text[];
  v_dependent text;
begin
  if to_regclass('recon_legacy.adoption') is null then
    raise exception 'there is no adoption to undo'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'None was begun, or recon-kit adopt --confirm has ended it.';
  end if;
  select a.started_at, a.kit_was_there, a.absent into v_adoption from recon_legacy.adoption a;

  if to_regclass('recon.run_days') is not null then
    perform
    from recon.run_days d
    join recon.runs r on r.run_id = d.run_id
    where r.started_at >= v_adoption.started_at
      and d.missing + d.stale + d.wrong + d.orphan > 0;
    if found then
      raise exception 'calculations have been repaired since the adoption'
        using errcode = 'object_not_in_prerequisite_state',
          hint = 'It could be undone before the first run that repaired; what was there is in '
            'recon_legacy and recon.repairs. Nothing was changed.';
    end if;
  end if;

  select array_agg(distinct n.name)
  into v_ours
  from (
    select unnest(v_adoption.absent)
    union all
    select c.relname::text
    from pg_class c
    where c.relnamespace = 'recon_legacy'::regnamespace
      and c.relname like 'bitcoin\_%\_summaries'
  ) n (name);

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

  return query
  select 1, u.statement
  from (
    select 1 as position, 'drop schema recon cascade' as statement
    where not v_adoption.kit_was_there
    union all
    select 2, format('drop table public.%I', c.relname)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relkind = 'r'
      and c.relname = any (v_ours)
      and (c.relname = 'bitcoin_daily_summaries' or recon.count_rows(c.oid) = 0)
    union all
    select 3, format('alter table recon_legacy.%I set schema public', c.relname)
    from pg_class c
    where c.relnamespace = 'recon_legacy'::regnamespace
      and c.relname like 'bitcoin\_%\_summaries'
      and c.relkind <> 'i'
    union all
    select 4, s.undo
    from recon_legacy.steps s
    where s.undo is not null
  ) u
  order by u.position;

  return query
  select 2, format(
    'insert into public.historical_bitcoin_calculations (%s) overriding system value select %s'
    ' from recon_legacy.historical_bitcoin_calculations l cross join lateral'
    ' jsonb_populate_record(null::public.historical_bitcoin_calculations, l.calculation) r',
    string_agg(quote_ident(t.column_name), ', ' order by t.position),
    string_agg('r.' || quote_ident(t.column_name), ', ' order by t.position)
  )
  from recon.table_columns t
  where t.schema_name = 'public'
    and t.table_name = 'historical_bitcoin_calculations'
    and not t.is_generated
  having count(*) > 0;

  return query select 2, 'drop schema recon_legacy cascade';
end
$$;

comment on function recon.undo_statements() is
  'What puts everything back that an adoption changed, in two transactions: first the catalog, '
  'then the rows. Error 55000 where there is no adoption, or where runs have repaired cells since.';
