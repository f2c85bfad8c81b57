-- The code that was there before comes back with the next deploy.
drop view if exists recon.trigger_gaps;
drop view if exists recon.shape_gaps;
drop view if exists recon.capture_triggers;
drop trigger if exists record_refresh on public.bitcoin_daily_summaries;

delete from recon.alert_limits where name = 'capture_gaps';
alter table recon.alert_limits drop constraint unit_is_known;
alter table recon.alert_limits
  add constraint unit_is_known check (unit in ('seconds', 'days', 'times'));
alter table recon.settings drop column replica_triggers;
drop table recon.known_checks;
drop table recon.known_partitions;
