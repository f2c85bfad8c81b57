-- depends: 0017.changes-of-a-model
insert into recon.alert_limits (name, unit, warning_at, critical_at)
values ('unsent_post', 'seconds', 900, 21600);
