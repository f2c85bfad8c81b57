-- depends: 0026.published-summaries
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
-- What a platform's own writers go on writing to the tables that the kit writes can be passed over,
-- and is then noted.

create table recon.ignored_writes (
  write_id bigint generated always as identity,
  table_name text not null,
  command text not null,
  ignored_rows bigint not null,
  role_name text not null,
  application_name text not null,
  written_at timestamptz not null default now(),
  constraint ignored_writes_pkey primary key (write_id)
);

comment on table recon.ignored_writes is
  'A row per statement that wrote to a table whose writes are ignored, and changed nothing there '
  '(recon.ignore_writes).';
comment on column recon.ignored_writes.write_id is 'Row number; no order may be read into it.';
comment on column recon.ignored_writes.table_name is 'Name of the table, in public.';
comment on column recon.ignored_writes.command is 'INSERT, UPDATE or DELETE.';
comment on column recon.ignored_writes.ignored_rows is
  'Rows that it would have inserted, updated or deleted.';
comment on column recon.ignored_writes.role_name is 'The role that was signed in.';
comment on column recon.ignored_writes.application_name is 'What its session calls itself.';
comment on column recon.ignored_writes.written_at is 'Start of its transaction.';

alter table recon.difficulty_refusals add column acknowledged_because text;
comment on column recon.difficulty_refusals.acknowledged_because is
  'Why a person lets the refusal stand; null = nobody has said so. It is of the item as it is '
  'written: another date or difficulty is refused anew.';

insert into recon.alert_limits (name, unit, warning_at, critical_at)
values ('source_silence', 'times', 2, 5), ('storage', 'times', 1, 3);

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
      'weekly_analysis',
      'source_issue'
    )
  );
