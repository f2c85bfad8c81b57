-- depends: 0013.completion
-- squawk-ignore-file ban-drop-function
-- What happened that somebody may want to be told.

create table recon.events (
  event_id bigint generated always as identity,
  happened_at timestamptz not null,
  kind text not null,
  severity text not null,
  run_id bigint,
  settlement_date date,
  message text not null,
  details jsonb not null default '{}',
  post_id bigint,
  posted_at timestamptz,
  constraint events_pkey primary key (event_id),
  constraint kind_is_known check (
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
  ),
  constraint severity_is_known check (severity in ('note', 'warning', 'critical')),
  constraint only_what_is_in_a_post_is_posted check (post_id is not null or posted_at is null)
);

create index events_by_time on recon.events (happened_at);
create index events_in_hand on recon.events (post_id)
where post_id is not null and posted_at is null;

comment on table recon.events is
  'What happened that somebody may want to be told: a row each, and a NOTIFY recon_events. '
  'Pruned with the history.';
comment on column recon.events.event_id is 'Number of the event.';
comment on column recon.events.happened_at is 'When.';
comment on column recon.events.kind is 'What it is about.';
comment on column recon.events.severity is 'critical, warning or note.';
comment on column recon.events.run_id is 'The run it is about, if any.';
comment on column recon.events.settlement_date is 'The date it is about, if one.';
comment on column recon.events.message is 'The event in a sentence.';
comment on column recon.events.details is 'Its figures.';
comment on column recon.events.post_id is
  'The post to a webhook that it was put into: the number of its first event. A post that is '
  'sent again has the same number.';
comment on column recon.events.posted_at is 'When the webhook had taken it.';

-- It has another argument now; this is code, and the deploy puts its successor in place.
drop function if exists recon.schedule_jobs(text, text, text, text, text, interval);
