create or replace function recon.next_step(code text, from_date date, to_date date)
returns text
language sql stable parallel safe
as $$
  select pg_catalog.format(
    case next_step.code
      when 'pending' then 'recon-kit date %1$s'
      when 'failed' then 'recon-kit retry-day %1$s'
      when 'skipped' then 'recon-kit retry-day %1$s'
      when 'invalid_source' then 'recon-kit gaps --from %1$s --to %2$s'
      when 'no_miner_model' then 'set is_active in recon.miner_models'
      when 'no_block_reward' then 'insert it into recon.block_rewards'
      when 'difficulty_known' then 'recon-kit difficulty propose --from %1$s --to %2$s'
      when 'difficulty_suspect' then 'recon-kit difficulty list --from %1$s --to %2$s'
      when 'difficulty_rejected' then 'recon-kit difficulty list --from %1$s --to %2$s'
      when 'difficulty_refused' then 'recon-kit difficulty list --from %1$s --to %2$s'
      when 'no_difficulty' then 'recon-kit sync'
    end,
    pg_catalog.to_char(next_step.from_date, 'YYYY-MM-DD'),
    pg_catalog.to_char(next_step.to_date, 'YYYY-MM-DD')
  )
$$;

comment on function recon.next_step(text, date, date) is
  'The command that helps where days are in this state, or blocked for this reason: a code of '
  'recon.obstacle_code, pending, failed, skipped or invalid_source.';
