-- A row is overwritten where it is as the comparison has found it. Where fewer are, another session
-- has been there meanwhile: that is undone, and done again with the rows as they are now, locked. A
-- row that was inserted meanwhile is an error of the key, which undoes the day.
create or replace function recon.repair_cells(
  settlement_date date,
  gaps recon.gap[],
  run_id bigint,
  out missing integer,
  out stale integer,
  out wrong integer,
  out orphan integer
)
language plpgsql volatile
as $$
declare
  v_gaps recon.gap[];
  v_is_locked boolean := false;
  v_deleted integer;
  v_updated integer;
  v_inserted integer;
begin
  perform recon.require_fuse(
    repair_cells.settlement_date, repair_cells.gaps, repair_cells.run_id
  );

  select
    coalesce(array_agg(g) filter (where g.kind <> 'missing'), '{}'),
    count(*) filter (where g.kind = 'missing')
  into v_gaps, missing
  from unnest(repair_cells.gaps) g;

  while cardinality(v_gaps) > 0 loop
    select
      count(*) filter (where g.kind = 'stale'),
      count(*) filter (where g.kind = 'wrong'),
      count(*) filter (where g.kind = 'orphan')
    into stale, wrong, orphan
    from unnest(v_gaps) g;

    begin
      delete from public.historical_bitcoin_calculations h
      using unnest(v_gaps) g
      where g.kind = 'orphan'
        and h.settlement_date = repair_cells.settlement_date
        and h.settlement_period = g.settlement_period
        and h.farm_id = g.farm_id
        and h.miner_model = g.miner_model
        and h.bitcoin_mined is not distinct from g.stored_btc
        and h.difficulty is not distinct from g.stored_difficulty;
      get diagnostics v_deleted = row_count;

      update public.historical_bitcoin_calculations h
      set bitcoin_mined = g.expected_btc,
        difficulty = g.expected_difficulty,
        calculated_at = pg_catalog.now()
      from unnest(v_gaps) g
      where g.kind <> 'orphan'
        and h.settlement_date = repair_cells.settlement_date
        and h.settlement_period = g.settlement_period
        and h.farm_id = g.farm_id
        and h.miner_model = g.miner_model
        and h.bitcoin_mined is not distinct from g.stored_btc
        and h.difficulty is not distinct from g.stored_difficulty;
      get diagnostics v_updated = row_count;

      exit when v_deleted = orphan and v_updated = stale + wrong;
      raise exception '% of % orphan rows of % were deleted, and % of % others updated',
        v_deleted, orphan, repair_cells.settlement_date, v_updated, stale + wrong
        using errcode = 'RK004';
    exception when sqlstate 'RK004' then
      if v_is_locked then
        perform recon.refuse_write(repair_cells.settlement_date, sqlerrm);
      end if;
      v_gaps := recon.lock_cells(repair_cells.settlement_date, v_gaps);
      v_is_locked := true;
    end;
  end loop;

  if cardinality(v_gaps) = 0 then
    stale := 0;
    wrong := 0;
    orphan := 0;
  end if;

  if missing > 0 then
    insert into public.historical_bitcoin_calculations (
      settlement_date,
      settlement_period,
      farm_id,
      miner_model,
      bitcoin_mined,
      difficulty,
      calculated_at
    )
    select
      repair_cells.settlement_date,
      g.settlement_period,
      g.farm_id,
      g.miner_model,
      g.expected_btc,
      g.expected_difficulty,
      pg_catalog.now()
    from unnest(repair_cells.gaps) g
    where g.kind = 'missing'
    order by g.settlement_period, g.farm_id, g.miner_model;
    get diagnostics v_inserted = row_count;
    if v_inserted <> missing then
      perform recon.refuse_write(
        repair_cells.settlement_date,
        format('%s of %s missing rows were inserted', v_inserted, missing)
      );
    end if;
  end if;
  perform recon.require_stored(
    repair_cells.settlement_date,
    v_gaps || array(select g from unnest(repair_cells.gaps) g where g.kind = 'missing')
  );

  insert into recon.repairs (
    settlement_date,
    run_id,
    settlement_period,
    farm_id,
    miner_model,
    kind,
    bitcoin_mined_before,
    difficulty_before,
    bitcoin_mined_after,
    difficulty_after,
    repaired_at
  )
  select
    repair_cells.settlement_date,
    repair_cells.run_id,
    g.settlement_period,
    g.farm_id,
    g.miner_model,
    g.kind,
    g.stored_btc,
    g.stored_difficulty,
    g.expected_btc,
    g.expected_difficulty,
    pg_catalog.now()
  from unnest(v_gaps) g;
end
$$;

comment on function recon.repair_cells(date, recon.gap[], bigint) is
  'Writes these gaps of a date and touches no other row: orphans deleted, stale and wrong ones '
  'updated, missing ones inserted. Returns how many of each there really were; recon.repairs has '
  'the values that were overwritten. Error RK002 where the fuse forbids it.';
