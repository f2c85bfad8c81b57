create or replace view recon.usable_indexes as
select
  i.indexrelid as index,
  i.indrelid as relation,
  i.indisunique and i.indimmediate as is_key,
  array(
    select a.attname::text
    from unnest(i.indkey::smallint[]) with ordinality k (attnum, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where k.n <= i.indnkeyatts
    order by k.n
  ) as columns
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_am m on m.oid = c.relam
where i.indisvalid
  and i.indpred is null
  and i.indexprs is null
  and m.amname = 'btree'
  and c.relkind in ('i', 'I');

comment on view recon.usable_indexes is
  'Indexes of whole rows by plain columns, by which they can be looked up in order.';
comment on column recon.usable_indexes.index is 'The index.';
comment on column recon.usable_indexes.relation is 'What it is an index of.';
comment on column recon.usable_indexes.is_key is 'Whether two rows cannot have the same values.';
comment on column recon.usable_indexes.columns is 'Its columns, in order.';
