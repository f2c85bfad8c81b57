-- A trigger, a rule or a column type of the platform's may store something else than what was
-- written. That is looked for in the catalog, which costs nothing; only where there is such a thing
-- is each write read back.
create or replace function recon.interferences(relation regclass)
returns text
language plpgsql stable
as $$
begin
  return (
    with recursive
    tables as (
      select interferences.relation::oid as oid
      union all
      select i.inhrelid
      from tables t
      join pg_catalog.pg_inherits i on i.inhparent = t.oid
    ),
    found as (
      select format('trigger %I on %s', g.tgname, recon.full_name(g.tgrelid)) as what
      from tables t
      join pg_catalog.pg_trigger g on g.tgrelid = t.oid
      join pg_catalog.pg_proc p on p.oid = g.tgfoid
      where not g.tgisinternal
        and g.tgenabled <> 'D'
        and p.pronamespace <> 'recon'::regnamespace

      union
      select format('rule %I on %s', w.rulename, recon.full_name(w.ev_class))
      from tables t
      join pg_catalog.pg_rewrite w on w.ev_class = t.oid
      where w.rulename <> '_RETURN'
        and w.ev_enabled <> 'D'

      union
      select format(
        'column %I of %s, which is %s%s',
        a.attname,
        recon.full_name(a.attrelid),
        format_type(a.atttypid, a.atttypmod),
        case when a.attgenerated <> '' then ' and generated' end
      )
      from tables t
      join pg_catalog.pg_attribute a on a.attrelid = t.oid
      where a.attnum > 0
        and not a.attisdropped
        and (
          a.attgenerated <> ''
          or a.atttypid = 'character'::regtype
          or (
            a.attname in ('bitcoin_mined', 'difficulty')
            and format_type(a.atttypid, a.atttypmod) <> 'numeric'
          )
        )

      union
      select format('row security of %s', recon.full_name(c.oid))
      from tables t
      join pg_catalog.pg_class c on c.oid = t.oid
      where c.relrowsecurity
    )
    select string_agg(f.what, ', ' order by f.what) from found f
  );
end
$$;

comment on function recon.interferences(regclass) is
  'What may make a table store something else than is written: triggers and rules that are not the '
  'kit''s, columns that round or are generated, row security; null where there is nothing.';
