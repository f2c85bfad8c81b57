-- The code that was there before comes back with the next deploy.
drop function if exists recon.repair_part(date, integer, text, bigint);
drop function if exists recon.repair_cells(date, recon.gap[], bigint);
drop function if exists recon.require_stored(date, recon.gap[]);
drop function if exists recon.gaps_fingerprint(recon.gap[]);
drop function if exists recon.lock_cells(date, recon.gap[]);
drop function if exists recon.find_gaps(date);
drop function if exists recon.require_fuse(date, recon.gap[], bigint);
drop function if exists recon.fuse_evidence(date[]);
drop function if exists recon.count_damage(recon.damage[], numeric);

alter table recon.run_days
  drop column damaged_at,
  drop column calculations_before;
drop index recon.runs_confirmed;
alter table recon.runs
  drop column stopped_dates,
  drop column stopped_orphan,
  drop column stopped_wrong,
  drop column stopped_stale,
  drop column stopped_at,
  drop column calculations_before;
alter table recon.settings drop column fuse_window;

comment on column recon.runs.outcome is
  'complete: no day of its range is left, blocked or failed; incomplete otherwise; stopped: the '
  'fuse blew before it wrote anything.';

drop type recon.damage;
drop type recon.gap;
