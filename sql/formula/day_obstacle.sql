create or replace function recon.day_obstacle(settlement_date date)
returns text
language sql stable parallel safe
as $$
  select case
    when c.code is null then null
    when c.code = 'no_miner_model' then 'no active miner model'
    when c.code = 'no_block_reward' then 'no block reward'
    else coalesce(
      (
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
      ),
      recon.lack_of_difficulty(day_obstacle.settlement_date)
    )
  end
  from (select recon.obstacle_code(day_obstacle.settlement_date) as code) c
$$;

comment on function recon.day_obstacle(date) is
  'Why a date with curtailed energy cannot be calculated, in words: no active miner model, no '
  'difficulty, difficulty refused or suspect, no block reward; null where it can.';
