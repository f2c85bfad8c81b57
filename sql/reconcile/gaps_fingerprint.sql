create or replace function recon.gaps_fingerprint(gaps recon.gap[])
returns numeric
language sql stable
as $$
  select coalesce(sum(
    case
      when g.expected_btc is null then 0::numeric
      else recon.calculation_hash(
        g.settlement_period, g.farm_id, g.miner_model, g.expected_btc, g.expected_difficulty
      )
    end - case
      when g.stored_btc is null then 0::numeric
      else recon.calculation_hash(
        g.settlement_period, g.farm_id, g.miner_model, g.stored_btc, g.stored_difficulty
      )
    end
  ), 0)
  from unnest(gaps_fingerprint.gaps) g
$$;

comment on function recon.gaps_fingerprint(recon.gap[]) is
  'By how much repairing these gaps changes the sum of the hashes of the stored calculations.';
