delete from recon.events where kind = 'source_issue';
alter table recon.events
  drop constraint kind_is_known,
  add constraint kind_is_known check (
    kind in (
      'run_started',
      'run_finished',
      'run_stopped',
      'day_blocked',
      'day_failed',
      'difficulty_refused',
      'difficulty_suspect',
      'tampering_seen',
      'alert_raised',
      'alert_cleared',
      'weekly_analysis'
    )
  );
delete from recon.alert_limits where name in ('source_silence', 'storage');
alter table recon.difficulty_refusals drop column acknowledged_because;
drop table recon.ignored_writes;
