-- Rows that are alike in all that a file says are one as good as the other; the last of them go. If
-- fewer are stored than the loads that stand have brought, one was deleted, and nobody knows whose.
create or replace function recon.delete_loaded(
  load_id bigint,
  out deleted_rows bigint,
  out lost_rows bigint,
  out first_lost date
)
language sql volatile
as $$
  with
  wanted as (
    select
      d.settlement_date,
      h.record_hash,
      count(*) as brought,
      count(*) filter (where d.load_id = delete_loaded.load_id) as copies
    from recon.loads l
    join recon.loaded_days d on d.load_id = l.load_id
    cross join unnest(d.record_hashes) h (record_hash)
    where l.unloaded_at is null
      and d.replaced_by is null
      and d.settlement_date in (
        select o.settlement_date from recon.loaded_days o where o.load_id = delete_loaded.load_id
      )
    group by d.settlement_date, h.record_hash
    having count(*) filter (where d.load_id = delete_loaded.load_id) > 0
  ),
  stored as (
    select
      r.tableoid as table_id,
      r.ctid as row_id,
      r.settlement_date,
      recon.loaded_hash(
        r.settlement_period,
        r.farm_id,
        r.lead_party_name,
        r.volume,
        r.payment,
        r.original_price,
        r.final_price,
        r.so_flag,
        r.cadl_flag
      ) as record_hash
    from public.curtailment_records r
    where r.settlement_date in (
      select d.settlement_date from recon.loaded_days d where d.load_id = delete_loaded.load_id
    )
  ),
  numbered as (
    select
      s.table_id,
      s.row_id,
      s.settlement_date,
      s.record_hash,
      row_number() over w as copy_no,
      count(*) over (partition by s.settlement_date, s.record_hash) as copies
    from stored s
    window w as (
      partition by s.settlement_date, s.record_hash order by s.table_id, s.row_id desc
    )
  ),
  gone as (
    delete from public.curtailment_records r
    using numbered n
    join wanted w
      on w.settlement_date = n.settlement_date
      and w.record_hash = n.record_hash
    where r.tableoid = n.table_id
      and r.ctid = n.row_id
      and r.settlement_date = n.settlement_date
      and n.copy_no <= w.copies
      and n.copies >= w.brought
    returning r.settlement_date
  )
  select
    coalesce(sum(g.deleted_rows), 0),
    sum(d.loaded_rows) - coalesce(sum(g.deleted_rows), 0),
    min(d.settlement_date) filter (where g.deleted_rows is distinct from d.loaded_rows)
  from recon.loaded_days d
  left join (
    select g.settlement_date, count(*) as deleted_rows
    from gone g
    group by g.settlement_date
  ) g on g.settlement_date = d.settlement_date
  where d.load_id = delete_loaded.load_id
$$;

comment on function recon.delete_loaded(bigint) is
  'Deletes the records that a load brought in, as they were stored then; returns how many, how '
  'many of its rows are not there any more, or may be those of another load, and the first date of '
  'these.';
