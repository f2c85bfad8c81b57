-- The conditions keep a day that is as it should be, or as it was, from any cost.
create or replace trigger announce_new_day
after insert on recon.days
for each row
when (new.outcome in ('blocked', 'failed'))
execute function recon.announce_day();

create or replace trigger announce_day
after update on recon.days
for each row
when (
  new.outcome in ('blocked', 'failed')
  and (
    new.outcome <> old.outcome
    or new.reason is distinct from old.reason
    or (new.next_attempt_at = 'infinity' and old.next_attempt_at is distinct from 'infinity')
  )
)
execute function recon.announce_day();
