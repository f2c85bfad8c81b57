-- Until the first reconciliation readers see the sums of what is stored. Whoever had a right to a
-- table that was moved has it to what stands in its place.
create or replace function recon.take_over_summaries()
returns void
language plpgsql volatile
as $$
declare
  v_grants text;
begin
  perform set_config('recon.own_write', 'on', true);
  insert into public.bitcoin_daily_summaries (
    summary_date, miner_model, bitcoin_mined, calculations, updated_at
  )
  select s.summary_date, s.miner_model, s.bitcoin_mined, s.calculations, recon.now()
  from recon_legacy.daily_sums s
  where not exists (select from public.bitcoin_daily_summaries);
  perform set_config('recon.own_write', 'off', true);
  perform recon.refresh_summaries();

  select string_agg(
    format(
      'grant %s on public.%I to %s%s',
      g.privilege_type,
      c.relname,
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
      case when g.is_grantable then ' with grant option' else '' end
    ),
    '; '
  )
  into v_grants
  from pg_class c
  cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
  join pg_class n on n.relname = c.relname and n.relnamespace = 'public'::regnamespace
  where c.relnamespace = 'recon_legacy'::regnamespace
    and c.relname like 'bitcoin\_%\_summaries'
    and g.grantee <> n.relowner
    and (n.relkind <> 'm' or g.privilege_type = 'SELECT');

  if v_grants is not null then
    execute v_grants;
  end if;
end
$$;

comment on function recon.take_over_summaries() is
  'Fills the kit''s summaries from the stored calculations, and grants what was granted on the '
  'tables they replace.';
