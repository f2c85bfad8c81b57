create or replace function recon.obstacle_code(settlement_date date)
returns text
language sql stable parallel safe
as $$
  select case
    when not exists (select from recon.miner_models m where m.is_active) then 'no_miner_model'
    when exists (
      select from recon.mining_rates r where r.settlement_date = obstacle_code.settlement_date
    )
      then null
    when exists (
      select from recon.network_difficulties d
      where d.settlement_date = obstacle_code.settlement_date
        and not exists (
          select from recon.withheld_difficulties w where w.settlement_date = d.settlement_date
        )
    )
      then 'no_block_reward'
    else recon.difficulty_code(obstacle_code.settlement_date)
  end
$$;

comment on function recon.obstacle_code(date) is
  'Why a date with curtailed energy cannot be calculated, as a code of recon.next_step; null where '
  'it can. recon.day_obstacle says it in words.';
