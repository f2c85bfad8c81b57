create or replace view recon.view_dependencies as
select distinct d.refobjid as relation, r.ev_class as dependent
from pg_depend d
join pg_rewrite r on r.oid = d.objid
where d.classid = 'pg_rewrite'::regclass
  and d.refclassid = 'pg_class'::regclass
  and d.refobjid <> r.ev_class;

comment on view recon.view_dependencies is 'Which views read which relations, directly.';
comment on column recon.view_dependencies.relation is 'Table or view that is read.';
comment on column recon.view_dependencies.dependent is 'View that reads it.';
