-- pg_locks shows the second number of the key, which has a sign, without one.
create or replace view recon.advisory_locks as
select l.lock_name || coalesce(' to ' || w.webhook, '') as lock_name, l.place, k.pid
from recon.locks l
left join recon.webhooks w on l.lock_name = 'posts'
join pg_locks k
  on k.objid::bigint = coalesce(w.advisory_key, l.advisory_key)::bigint & 4294967295
where k.locktype = 'advisory'
  and k.classid = 1919247215::oid
  and k.granted
  and k.database = (select b.oid from pg_database b where b.datname = current_database());

comment on view recon.advisory_locks is
  'Which sessions hold the locks of recon.locks that are no rows, a line each.';
comment on column recon.advisory_locks.lock_name is
  'Name in recon.locks; that of posts with the webhook.';
comment on column recon.advisory_locks.place is 'As in recon.locks.';
comment on column recon.advisory_locks.pid is 'The backend that holds it.';
