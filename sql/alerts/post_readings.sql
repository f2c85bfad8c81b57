-- Posts are in order: one that was taken says that those before it are taken, or were given up.
create or replace view recon.post_readings as
select
  'unsent_post' as name,
  coalesce(round(extract(epoch from recon.now() - u.since)), 0) as value,
  case
    when u.since is null then 'the webhook takes what it is sent'
    else to_char(u.since, '"the webhook has taken no post since" YYYY-MM-DD HH24:MI')
  end as finding,
  'recon-kit listen --once' as next_step
from (
  select min(e.happened_at) as since
  from recon.events e
  where e.post_id is not null
    and e.posted_at is null
    and e.post_id > coalesce(
      (select max(t.post_id) from recon.events t where t.posted_at is not null), 0
    )
) u;

comment on view recon.post_readings is
  'What recon.alerts compares with its limits: the age of the oldest event that the webhook was '
  'sent and did not take, nor any after it.';
comment on column recon.post_readings.name is 'The alert.';
comment on column recon.post_readings.value is 'Seconds; 0 where every post was taken.';
comment on column recon.post_readings.finding is 'The same in words.';
comment on column recon.post_readings.next_step is 'What to do about it.';
