create or replace function recon.accept_load(load_id bigint, replace boolean)
returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  delete from public.curtailment_records r
  where accept_load.replace
    and r.settlement_date in (
      select s.settlement_date::date
      from recon.staged_records s
      where s.load_id = accept_load.load_id
        and s.line_no not in (select b.line_no from recon.bad_lines(accept_load.load_id) b)
    );

  with
  bad as materialized (
    select b.line_no from recon.bad_lines(accept_load.load_id) b
  ),
  records as (
    insert into public.curtailment_records (
      settlement_date,
      settlement_period,
      farm_id,
      lead_party_name,
      volume,
      payment,
      original_price,
      final_price,
      so_flag,
      cadl_flag
    )
    select
      s.settlement_date::date,
      s.settlement_period::integer,
      s.farm_id,
      s.lead_party_name,
      s.volume::numeric,
      s.payment::numeric,
      s.original_price::numeric,
      s.final_price::numeric,
      s.so_flag::boolean,
      s.cadl_flag::boolean
    from recon.staged_records s
    where s.load_id = accept_load.load_id
      and not exists (select from bad b where b.line_no = s.line_no)
    order by s.settlement_date, s.settlement_period, s.farm_id
    returning 1
  ),
  cleared as (
    delete from recon.staged_records s where s.load_id = accept_load.load_id
  ),
  recorded as (
    update recon.loads l
    set loaded_rows = (select count(*) from records),
      skipped_rows = (select count(*) from bad)
    where l.load_id = accept_load.load_id
  )
  select count(*) from records
$$;

comment on function recon.accept_load(bigint, boolean) is
  'Moves the good lines of a load into curtailment_records, with replace in the place of what is '
  'stored of their dates; returns how many.';
