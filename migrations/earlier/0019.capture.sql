-- depends: 0018.post-alert
-- squawk-ignore-file ban-drop-function, ban-drop-view, ban-drop-constraint
-- squawk-ignore-file constraint-missing-not-valid
-- What capture cannot see is told by all that looks. What is dropped here is code: the deploy puts
-- its successors in place.

create table recon.known_partitions (
  relation_name text not null,
  table_name text not null,
  constraint known_partitions_pkey primary key (relation_name, table_name)
);

comment on table recon.known_partitions is
  'The partitions and children that the kit has seen of the tables it watches: one that has come '
  'or gone since brought or took its records without a trigger.';
comment on column recon.known_partitions.relation_name is
  'The partition or child, with its schema.';
comment on column recon.known_partitions.table_name is 'The table that it is a part of.';

create table recon.known_checks (
  constraint_name text not null,
  constraint known_checks_pkey primary key (constraint_name)
);

comment on table recon.known_checks is
  'The checks of recon.calculation_checks that a deploy has found in place: a platform''s table '
  'need not have them, and does not lose them unnoticed.';
comment on column recon.known_checks.constraint_name is 'Name of the constraint.';

alter table recon.settings add column replica_triggers boolean not null default false;

comment on column recon.settings.replica_triggers is
  'Whether rows that replication brings are noticed even where no subscription is found; they '
  'are where one is.';

alter table recon.alert_limits drop constraint unit_is_known;
alter table recon.alert_limits
  add constraint unit_is_known check (unit in ('seconds', 'days', 'times', 'gaps'));

insert into recon.alert_limits (name, unit, warning_at, critical_at)
values ('capture_gaps', 'gaps', 1, 1);

drop view if exists recon.trigger_checks;
drop function if exists recon.status();
