create or replace function recon.judge_difficulties()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if tg_op = 'TRUNCATE' and tg_relid = 'recon.network_difficulties'::regclass then
    delete from recon.withheld_difficulties;
  else
    perform recon.withhold_difficulties();
  end if;
  return null;
end
$$;

comment on function recon.judge_difficulties() is
  'Statement trigger of what the plausibility of the difficulties depends on.';
