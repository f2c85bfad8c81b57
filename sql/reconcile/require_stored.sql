-- The rows that this transaction wrote are locked by it, so nobody else can have changed them; a
-- row that it deleted cannot have come back.
create or replace function recon.require_stored(settlement_date date, written recon.gap[])
returns void
language plpgsql volatile
as $$
declare
  v_difference text;
begin
  if recon.interferences('public.historical_bitcoin_calculations') is null then
    return;
  end if;

  select format(
    'period %s of %s, %s is %s BTC at difficulty %s, and not %s at %s',
    w.settlement_period,
    w.farm_id,
    w.miner_model,
    coalesce(h.bitcoin_mined::text, 'no'),
    coalesce(h.difficulty::text, 'none'),
    coalesce(w.expected_btc::text, 'no'),
    coalesce(w.expected_difficulty::text, 'none')
  )
  into v_difference
  from unnest(require_stored.written) w
  left join public.historical_bitcoin_calculations h
    on h.settlement_date = require_stored.settlement_date
    and h.settlement_period = w.settlement_period
    and h.farm_id = w.farm_id
    and h.miner_model = w.miner_model
  where (h.bitcoin_mined, h.difficulty)
    is distinct from (w.expected_btc, w.expected_difficulty)
  limit 1;
  if found then
    perform recon.refuse_write(require_stored.settlement_date, v_difference);
  end if;
end
$$;

comment on function recon.require_stored(date, recon.gap[]) is
  'Nothing, or error 22000 where a cell of a date is not stored as it was written; looked at only '
  'where the table has something that may interfere.';
