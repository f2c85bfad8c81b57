create or replace function recon.status()
returns table (
  first_date date,
  last_date date,
  days bigint,
  reconciled bigint,
  pending bigint,
  blocked bigint,
  failed bigint,
  skipped bigint,
  no_data bigint,
  oldest_pending_at timestamptz,
  source_rows bigint,
  curtailed_mwh numeric,
  calculations bigint,
  last_run_id bigint,
  last_run_at timestamptz,
  last_run_outcome text,
  oldest_verification_at timestamptz,
  paused_reason text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    min(s.settlement_date),
    max(s.settlement_date),
    count(*),
    count(*) filter (where s.state = 'reconciled'),
    count(*) filter (where s.state = 'pending'),
    count(*) filter (where s.state = 'blocked'),
    count(*) filter (where s.state = 'failed'),
    count(*) filter (where s.state = 'skipped'),
    count(*) filter (where s.state = 'no_data'),
    min(s.pending_since),
    coalesce(sum(s.source_rows), 0),
    coalesce(sum(s.curtailed_mwh), 0),
    coalesce(sum(s.calculations), 0),
    (select max(r.run_id) from recon.runs r),
    (select r.started_at from recon.runs r order by r.run_id desc limit 1),
    (select r.outcome from recon.runs r order by r.run_id desc limit 1),
    min(s.verified_at),
    (select t.paused_reason from recon.settings t)
  from recon.day_status s
$$;

comment on function recon.status() is
  'One row: how many days there are and how each stands, what is oldest, the last run.';
