-- depends: 0014.events
-- From which value on each row of recon.alerts is a warning, and from which on it is critical: a
-- row each and not two columns of recon.settings, so that all are checked and compared in one way.

create table recon.alert_limits (
  name text not null,
  unit text not null,
  warning_at numeric,
  critical_at numeric,
  constraint alert_limits_pkey primary key (name),
  constraint unit_is_known check (unit in ('seconds', 'days', 'times')),
  constraint warning_at_is_positive check (warning_at > 0 and warning_at < 'Infinity'),
  constraint critical_at_is_positive check (critical_at > 0 and critical_at < 'Infinity'),
  constraint warning_at_is_not_above_critical_at check (warning_at <= critical_at)
);

comment on table recon.alert_limits is
  'The limits of recon.alerts: a row each, changed by recon.set_alert_limit.';
comment on column recon.alert_limits.name is 'The alert.';
comment on column recon.alert_limits.unit is
  'seconds (an age), days (a count), or times (what is usual).';
comment on column recon.alert_limits.warning_at is 'Value it is a warning from; null = never.';
comment on column recon.alert_limits.critical_at is 'Value it is critical from; null = never.';

insert into recon.alert_limits (name, unit, warning_at, critical_at)
values
  ('oldest_pending', 'seconds', 3600, 86400),
  ('backlog', 'times', 10, 100),
  ('failed_days', 'days', 1, 7),
  ('blocked_days', 'days', 1, 7),
  ('skipped_days', 'days', 1, null),
  ('missing_difficulty', 'days', 1, 7),
  ('suspect_difficulty', 'days', 1, null),
  ('source_issues', 'days', 1, null),
  ('last_run', 'seconds', 7200, 86400),
  ('last_verification', 'seconds', 172800, 604800);
