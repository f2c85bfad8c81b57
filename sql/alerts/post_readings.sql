-- What is a day old is given up.
create or replace view recon.post_readings as
select
  'unsent_post' as name,
  coalesce(round(extract(epoch from pg_catalog.now() - u.since)), 0) as value,
  case
    when u.since is null then 'no post waits to be taken'
    else to_char(
      u.since at time zone 'UTC',
      '"the webhook does not take a post of" YYYY-MM-DD HH24:MI "UTC"'
    )
  end as finding,
  'recon-kit listen --once' as next_step
from (
  select min(e.happened_at) as since
  from recon.events e
  where e.post_id is not null
    and e.posted_at is null
    and e.happened_at >= pg_catalog.now() - interval '1 day'
) u;

comment on view recon.post_readings is
  'What recon.alerts compares with its limits: the age of the oldest event that the webhook was '
  'sent and did not take.';
comment on column recon.post_readings.name is 'The alert.';
comment on column recon.post_readings.value is 'Seconds; 0 where no post waits.';
comment on column recon.post_readings.finding is 'The same in words.';
comment on column recon.post_readings.next_step is 'What to do about it.';
