-- Steps of an adoption.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: adoption_lock
-- Held for as long as an adoption takes, by a connection that does nothing else.
select
  set_config('idle_in_transaction_session_timeout', '0', true),
  pg_try_advisory_xact_lock(1919247215, -2147483643) as is_ours

-- name: no_hurry
select set_config('statement_timeout', '0', true)

-- name: no_timeouts
-- An index is built outside a transaction, for as long as it takes.
select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)

-- name: usual_timeouts
reset statement_timeout; reset lock_timeout

-- name: adoption_plan
select * from recon.adoption_plan()

-- name: adoption_obstacles
select o.table_name, o.finding, o.next_step from recon.adoption_obstacles o

-- name: adoption_is_needed
select exists (
  select
  from recon.adoption_steps s
  where s.kind <> 'rows'
    and s.finding is not null
) or exists (
  select from recon.unfit_calculations()
) as is_needed

-- name: adoption_steps
select * from recon.adoption_steps order by position

-- name: begin_adoption
select recon.begin_adoption()

-- name: builds_in_progress
-- Waits for the index builds that an adoption may have left behind when its client was killed.
lock table public.curtailment_records, public.historical_bitcoin_calculations
in share update exclusive mode

-- name: start_step
insert into recon_legacy.steps (step, undo, lock_mode)
values (%(step)s, %(undo)s, %(lock_mode)s)
on conflict on constraint steps_pkey do nothing

-- name: finish_step
update recon_legacy.steps s
set finished_at = clock_timestamp(),
  transactions = %(transactions)s,
  longest_lock = make_interval(secs => %(longest_lock)s)
where s.step = %(step)s

-- name: list_unfit_calculations
select recon.list_unfit_calculations()

-- name: remove_unfit_calculations
select recon.remove_unfit_calculations()

-- name: undo_statements
select * from recon.undo_statements()

-- name: left_in_legacy
select
  format('recon_legacy.%%I', c.relname) as table_name,
  recon.count_rows(c.oid) as rows,
  pg_total_relation_size(c.oid) as bytes
from pg_class c
where c.relnamespace = to_regnamespace('recon_legacy')
  and c.relkind = 'r'
order by 1

-- name: confirm_adoption
select * from recon.confirm_adoption()
