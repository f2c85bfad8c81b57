create index events_in_hand on recon.events (post_id)
where post_id is not null and posted_at is null;

comment on column recon.events.post_id is
  'The post to a webhook that it was put into: the number of its first event. A post that is '
  'sent again has the same number.';
comment on column recon.events.posted_at is 'When the webhook had taken it.';

drop view if exists recon.post_readings cascade;
drop function if exists recon.claim_post(text, interval, integer, text, text);
drop function if exists recon.finish_post(bigint, text);
drop table recon.post_events cascade;
drop table recon.webhooks cascade;

update recon.locks
set advisory_key = -2147483645,
  purpose = 'Senders of posts to a webhook, while they send.'
where lock_name = 'posts';

comment on column recon.locks.advisory_key is
  'The second number of its advisory lock, the first being 1919247215 ("reco"); null where the '
  'lock is this row, or for days their row of recon.day_locks.';
