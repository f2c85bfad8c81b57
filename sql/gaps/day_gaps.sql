create or replace function recon.day_gaps(settlement_date date)
returns table (
  settlement_period integer,
  farm_id text,
  miner_model text,
  kind text,
  expected_btc numeric,
  stored_btc numeric,
  expected_difficulty numeric,
  stored_difficulty numeric,
  curtailed_mwh numeric
)
language sql stable parallel safe
as $$
  select
    c.settlement_period,
    c.farm_id,
    c.miner_model,
    c.kind,
    c.expected_btc,
    c.stored_btc,
    c.expected_difficulty,
    c.stored_difficulty,
    c.curtailed_mwh
  from recon.day_cells(day_gaps.settlement_date) c
  where c.kind is not null
$$;

comment on function recon.day_gaps(date) is
  'The cells of a date whose stored row is not the expected one: recon.day_cells with a kind.';
