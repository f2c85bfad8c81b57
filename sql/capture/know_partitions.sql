create or replace function recon.know_partitions()
returns void
language sql volatile
as $$
  delete from recon.known_partitions k
  where not exists (
    select from recon.watched_tables w
    where (w.relation_name, w.table_name) = (k.relation_name, k.table_name)
  );

  insert into recon.known_partitions (relation_name, table_name)
  select w.relation_name, w.table_name
  from recon.watched_tables w
  where not w.is_root
  on conflict on constraint known_partitions_pkey do nothing
$$;

comment on function recon.know_partitions() is
  'Has recon.known_partitions list the partitions and children that there are.';
