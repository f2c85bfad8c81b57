create or replace view recon.post_readings as
select
  'unsent_post' as name,
  coalesce(round(extract(epoch from pg_catalog.now() - min(s.unsent_since))), 0) as value,
  coalesce(
    string_agg(
      format(
        'the webhook %s does not take a post of %s',
        s.webhook,
        to_char(s.unsent_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
      ),
      '; ' order by s.unsent_since, s.webhook
    ),
    'no post waits to be taken'
  ) as finding,
  'recon-kit listen --once' as next_step
from recon.webhook_status s
where s.unsent_since is not null;

comment on view recon.post_readings is
  'What recon.alerts compares with its limits: the age of the oldest event that a webhook was '
  'sent and did not take.';
comment on column recon.post_readings.name is 'The alert.';
comment on column recon.post_readings.value is 'Seconds; 0 where no post waits.';
comment on column recon.post_readings.finding is 'The same in words, each webhook by name.';
comment on column recon.post_readings.next_step is 'What to do about it.';
