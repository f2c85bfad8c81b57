create or replace function recon.announce_refusals()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  insert into recon.events (happened_at, kind, severity, message, details)
  select
    clock_timestamp(),
    'difficulty_refused',
    'warning',
    format(
      '%s of %s refused, the first for %s: %s.',
      case when count(*) = 1 then '1 item' else count(*) || ' items' end,
      min(r.source),
      coalesce((array_agg(r.date_text order by r.refusal_id))[1], 'no date'),
      (array_agg(r.reason order by r.refusal_id))[1]
    ),
    jsonb_build_object('sync_id', r.sync_id, 'refused', count(*))
  from refused r
  group by r.sync_id;
  return null;
end
$$;

comment on function recon.announce_refusals() is
  'Statement trigger of difficulty_refusals: one event for what a sync newly refused.';
