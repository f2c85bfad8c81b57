-- depends: 0008.model-sums
-- The queue turns over all the time, so it is vacuumed by what was deleted and not by its share of
-- a table that is empty most of the time; rows of days are updated in place, with room to do so.

alter table recon.changes set (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 10000
);

alter table recon.summary_changes set (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000
);

alter table recon.days set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 500
);
