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
  completion_percent numeric,
  oldest_pending_at timestamptz,
  source_rows bigint,
  curtailed_mwh numeric,
  calculations bigint,
  last_run_id bigint,
  last_run_at timestamptz,
  last_run_outcome text,
  oldest_verification_at timestamptz,
  paused_reason text,
  capture_gaps bigint,
  undated_records bigint
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    t.first_date,
    t.last_date,
    t.days,
    t.reconciled,
    t.pending,
    t.blocked,
    t.failed,
    t.skipped,
    t.no_data,
    t.completion_percent,
    t.oldest_pending_at,
    t.source_rows,
    t.curtailed_mwh,
    t.calculations,
    (select max(r.run_id) from recon.runs r),
    (select r.started_at from recon.runs r order by r.run_id desc limit 1),
    (select r.outcome from recon.runs r order by r.run_id desc limit 1),
    t.oldest_verification_at,
    (select s.paused_reason from recon.settings s),
    (select count(*) from recon.capture_gaps()),
    (select u.undated_rows from recon.undated_rows() u where u.finding = 'undated_records')
  from recon.day_totals(null, null) t
$$;

comment on function recon.status() is
  'One row: how many days there are and how each stands, the share in percent of the days with '
  'data that stand reconciled (null where there is none), what is oldest, the last run, '
  'in how many ways a change can pass unnoticed now (see recon.capture_gaps), and how many '
  'records belong to no day (recon.undated_rows).';
