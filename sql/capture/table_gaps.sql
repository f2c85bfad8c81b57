create or replace view recon.table_gaps as
with
elsewhere as (
  select
    e.table_name,
    string_agg(e.name, ', ') as others,
    string_agg(format('alter table %s set schema public', e.name), '; ') as moves
  from recon.tables_elsewhere e
  group by e.table_name
),
swapped as (
  select w.table_name, w.relation
  from recon.watched_tables w
  where w.is_root
    and w.reason <> 'summary'
    and w.relation is not null
    and not exists (
      select
      from pg_depend d
      join pg_rewrite r on r.oid = d.objid
      join pg_class v on v.oid = r.ev_class
      where d.refclassid = 'pg_class'::regclass
        and d.refobjid = w.relation
        and d.classid = 'pg_rewrite'::regclass
        and v.relnamespace = 'recon'::regnamespace
        and v.oid <> w.relation
    )
)
select
  w.relation_name as table_name,
  g.reason,
  g.finding,
  g.next_step,
  g.stops_runs
from recon.watched_tables w
left join elsewhere e on w.is_root and w.table_name = 'public.' || e.table_name
left join swapped s on w.is_root and s.relation = w.relation
cross join lateral (
  values
    (
      w.relation is null,
      'absent',
      coalesce('it is not there; there is ' || e.others, 'it is not there'),
      coalesce(e.moves, 'put it back') || '; recon-kit migrate',
      true
    ),
    (
      w.reason = 'source'
        and w.relkind = 'r'
        and e.others is not null
        and pg_relation_size(w.relation) = 0,
      'elsewhere',
      'it is empty, and there is ' || e.others || ', which the kit does not read',
      format('drop table %s; %s; recon-kit migrate', w.table_name, e.moves),
      false
    ),
    (
      w.relkind = 'f' or w.is_root and w.relkind not in ('r', 'p'),
      'not a table',
      'it is not a table of this database, so that no change of it is noticed',
      'make a table of it, or look at it with recon-kit verify',
      w.is_root
    ),
    (
      s.relation is not null,
      'swapped',
      'another table has this name now; the kit''s views read the one that had it before',
      'recon-kit migrate, then recon-kit reconcile',
      true
    ),
    (
      w.relpersistence = 'u',
      'unlogged',
      'it is unlogged: a crash of the server empties it, and no trigger sees that',
      format('alter table %s set logged', w.relation_name),
      false
    ),
    (
      w.is_root and row_security_active(w.relation),
      'row security',
      'row security hides a part of it from the kit',
      format('alter table %s no force row level security', w.relation_name),
      true
    )
) g (is_so, reason, finding, next_step, stops_runs)
where g.is_so;

comment on view recon.table_gaps is
  'Tables that are not the ones that the kit watches, or of which it sees a part. Row security is '
  'judged for whoever asks; recon.capture_gaps asks as the owner.';
comment on column recon.table_gaps.table_name is 'The table.';
comment on column recon.table_gaps.reason is
  'absent, elsewhere, not a table, swapped, unlogged or row security.';
comment on column recon.table_gaps.finding is 'What was found.';
comment on column recon.table_gaps.next_step is 'What to do about it.';
comment on column recon.table_gaps.stops_runs is 'Whether no run may begin before that.';
