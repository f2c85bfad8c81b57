-- One refresh at a time, and the lock in a statement of its own: a refresh that waited with its
-- snapshot taken would put older figures over newer ones. Nothing is published before a day has
-- been reconciled: until then the platform's own figures stand.
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
  where c.oid in ('recon.monthly_sums'::regclass, 'recon.yearly_sums'::regclass);

  if v_populated and not exists (select from recon.summary_changes) then
    return false;
  end if;

  perform recon.take_lock('summaries');
  delete from recon.summary_changes;

  perform recon.refresh_sums();

  if exists (select from recon.days) then
    perform set_config('recon.own_write', 'on', true);
    perform recon.publish(
      'bitcoin_monthly_summaries',
      array(
        select (m.year_month, m.miner_model, m.bitcoin_mined)::recon.published_sum
        from recon.monthly_sums m
      ),
      null,
      null
    );
    perform recon.publish(
      'bitcoin_yearly_summaries',
      array(
        select (y.year, y.miner_model, y.bitcoin_mined)::recon.published_sum
        from recon.yearly_sums y
      ),
      null,
      null
    );
    perform set_config('recon.own_write', 'off', true);
  end if;
  return true;
end
$$;

comment on function recon.refresh_summaries() is
  'Sums up months and years, and publishes them to bitcoin_monthly_summaries and '
  'bitcoin_yearly_summaries, where anything has changed since; false where nothing has.';
