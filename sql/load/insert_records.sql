create or replace function recon.insert_records(load_id bigint, from_line bigint, to_line bigint)
returns bigint
language sql volatile
as $$
  with
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
    where s.load_id = insert_records.load_id
      and s.line_no between insert_records.from_line and insert_records.to_line
    order by s.settlement_date, s.settlement_period, s.farm_id
    returning
      settlement_date,
      volume,
      recon.loaded_hash(
        settlement_period,
        farm_id,
        lead_party_name,
        volume,
        payment,
        original_price,
        final_price,
        so_flag,
        cadl_flag
      ) as record_hash
  ),
  noted as (
    insert into recon.loaded_days as d (
      load_id, settlement_date, loaded_rows, curtailed_mwh, record_hashes
    )
    select
      insert_records.load_id,
      r.settlement_date,
      count(*),
      sum(abs(r.volume)),
      array_agg(r.record_hash)
    from records r
    group by r.settlement_date
    on conflict on constraint loaded_days_pkey do update
    set loaded_rows = d.loaded_rows + excluded.loaded_rows,
      curtailed_mwh = d.curtailed_mwh + excluded.curtailed_mwh,
      record_hashes = d.record_hashes || excluded.record_hashes
    returning 1
  )
  select count(*) from records
$$;

comment on function recon.insert_records(bigint, bigint, bigint) is
  'Inserts the lines of a load from one number to another into curtailment_records, and notes in '
  'loaded_days what was stored; returns how many. None of them may be bad.';
