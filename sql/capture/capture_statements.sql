-- A part of a table gets the triggers of the table itself; those of rows are handed down to
-- partitions by PostgreSQL.
create or replace function recon.capture_statements()
returns setof text
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  lacking as (
    select t.table_name, t.relation_name, t.trigger_name, t.is_root, t.is_for_rows, t.is_there,
      t.relispartition, w.reason, w.column_name
    from recon.capture_triggers t
    join recon.watched_tables w on w.table_name = t.table_name and w.is_root
    where t.is_right is not true
      and (t.is_for_rows or not t.is_root)
      and pg_has_role(t.relowner, 'usage')
  ),
  definitions as (
    select
      l.table_name,
      l.relation_name,
      l.trigger_name,
      l.is_root,
      l.is_for_rows,
      case
        when l.is_for_rows and l.relispartition then ''
        when l.is_for_rows then format(
          'create or replace trigger %I after insert or update or delete on %s for each row %s'
            'execute function recon.%s; ',
          l.trigger_name,
          l.relation_name,
          case when l.reason in ('calculation', 'summary') then
            substring(pg_get_triggerdef(r.oid) from ' (WHEN .* )EXECUTE FUNCTION ')
          end,
          case l.trigger_name
            when 'record_rows' then format(
              'record_rows(%s)',
              concat_ws(', ', quote_literal(l.reason), quote_literal(l.column_name))
            )
            else 'judge_difficulties()'
          end
        )
        else format(
          'create or replace %s; ',
          replace(
            substr(pg_get_triggerdef(r.oid), length('CREATE ') + 1),
            format(' ON %s ', l.table_name),
            format(' ON %s ', l.relation_name)
          )
        )
      end as definition
    from lacking l
    left join pg_trigger r
      on r.tgrelid = to_regclass(l.table_name)
      and r.tgname = case when l.is_for_rows then 'record_insert' else l.trigger_name end
    where not (l.is_for_rows and l.relispartition and not l.is_there)
  )
  select d.definition || format(
    'alter table %s enable %s trigger %I',
    d.relation_name,
    case when d.is_for_rows then 'replica' else 'always' end,
    d.trigger_name
  )
  from definitions d
  order by not d.is_root, d.relation_name, d.trigger_name
$$;

comment on function recon.capture_statements() is
  'What puts the triggers in place that partitions, children and subscriptions lack; not those of '
  'the tables themselves, which a deploy sees to, nor where another role owns the part.';
