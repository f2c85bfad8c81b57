-- Whoever writes to a table has locked it before any trigger of his can run, so everybody else
-- locks the tables first too. A truncate, whose lock excludes all others, then never waits for
-- somebody who waits for its table.
create or replace function recon.lock_difficulties()
returns void
language plpgsql volatile
as $$
begin
  lock table recon.network_difficulties, recon.difficulty_decisions in row exclusive mode;
  perform recon.take_lock('difficulties');
end
$$;

comment on function recon.lock_difficulties() is
  'Has those who write and judge difficulties take turns, to the end of the transaction.';
