alter table recon.changes reset (
  autovacuum_vacuum_scale_factor,
  autovacuum_vacuum_threshold,
  autovacuum_vacuum_insert_scale_factor,
  autovacuum_vacuum_insert_threshold,
  autovacuum_analyze_scale_factor,
  autovacuum_analyze_threshold
);
alter table recon.summary_changes reset (
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
alter table recon.days reset (
  fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
