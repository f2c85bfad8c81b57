create or replace function recon.day_obstacle(settlement_date date)
returns text
language sql stable parallel safe
as $$
  select case
    when not exists (select from recon.miner_models m where m.is_active)
      then 'no active miner model'
    when exists (
      select from recon.mining_rates r where r.settlement_date = day_obstacle.settlement_date
    )
      then null
    when exists (
      select from recon.withheld_difficulties w
      where w.settlement_date = day_obstacle.settlement_date
    )
      then (
        select 'difficulty suspect: ' || case w.kind
          when 'false_form' then 'no target of 24 bits gives it'
          when 'wrong_epoch' then 'not in force on this date'
          when 'step' then 'a step beyond the limit'
          when 'interpolated' then 'changes on consecutive days'
          when 'short_epoch' then 'too few days from one retarget to the next'
          when 'long_epoch' then 'too many days without a retarget'
        end
        from recon.withheld_difficulties w
        where w.settlement_date = day_obstacle.settlement_date
      )
    when exists (
      select from recon.network_difficulties d
      where d.settlement_date = day_obstacle.settlement_date
    )
      then 'no block reward'
    else recon.lack_of_difficulty(day_obstacle.settlement_date)
  end
$$;

comment on function recon.day_obstacle(date) is
  'Why a date with curtailed energy cannot be calculated: no active miner model, no difficulty, '
  'difficulty refused or suspect, no block reward; null where it can.';
