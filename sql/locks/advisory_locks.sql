-- The second number of the key, which has a sign, is shown without one.
create or replace view recon.advisory_locks as
select l.lock_name, l.place, k.pid
from recon.locks l
join pg_locks k on k.objid::bigint - 4294967296 = l.advisory_key
where k.locktype = 'advisory'
  and k.classid = 1919247215::oid
  and k.granted
  and k.database = (select b.oid from pg_database b where b.datname = current_database());

comment on view recon.advisory_locks is
  'Which sessions hold the locks of recon.locks that are no rows, a line each.';
comment on column recon.advisory_locks.lock_name is 'Name in recon.locks.';
comment on column recon.advisory_locks.place is 'As in recon.locks.';
comment on column recon.advisory_locks.pid is 'The backend that holds it.';
