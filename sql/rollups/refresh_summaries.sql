-- One refresh at a time, and the lock in a statement of its own: a refresh that waited with its
-- snapshot taken would put older figures over newer ones.
create or replace function recon.refresh_summaries()
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_populated boolean;
begin
  select bool_and(c.relispopulated)
  into v_populated
  from pg_class c
  where c.oid in (
    'public.bitcoin_monthly_summaries'::regclass, 'public.bitcoin_yearly_summaries'::regclass
  );

  if v_populated and not exists (select from recon.summary_changes) then
    return false;
  end if;

  perform recon.take_lock('summaries');
  delete from recon.summary_changes;

  if v_populated then
    refresh materialized view concurrently public.bitcoin_monthly_summaries;
    refresh materialized view concurrently public.bitcoin_yearly_summaries;
  else
    refresh materialized view public.bitcoin_monthly_summaries;
    refresh materialized view public.bitcoin_yearly_summaries;
  end if;
  return true;
end
$$;

comment on function recon.refresh_summaries() is
  'Refreshes bitcoin_monthly_summaries and bitcoin_yearly_summaries where a daily summary has '
  'changed since; false where none has.';
