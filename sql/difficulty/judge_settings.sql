-- Whoever wrote a difficulty or a decision under the settings of before has committed it, and is
-- judged too; whoever writes one later waits, and sees the new settings.
create or replace function recon.judge_settings()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if exists (
    select
    from old_rows o
    join new_rows n on n.only_row = o.only_row
    where (
      n.difficulty_policy,
      n.difficulty_max_step,
      n.difficulty_min_epoch_days,
      n.difficulty_max_epoch_days
    ) is distinct from (
      o.difficulty_policy,
      o.difficulty_max_step,
      o.difficulty_min_epoch_days,
      o.difficulty_max_epoch_days
    )
  ) then
    perform recon.withhold_difficulties();
  end if;
  return null;
end
$$;

comment on function recon.judge_settings() is
  'Statement trigger of recon.settings: another policy or limit judges the difficulties again.';
