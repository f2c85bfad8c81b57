-- A commit inside somebody's transaction fails with "invalid transaction termination", and nothing
-- can put that into better words: a handler would itself make the commit impossible, and no
-- function can tell whether a transaction was begun by hand. The context of the error names the
-- procedure that failed to commit, so its name says what to do.
create or replace procedure recon.call_alone_outside_a_transaction()
language plpgsql
as $$
begin
  commit;
end
$$;

comment on procedure recon.call_alone_outside_a_transaction() is
  'Commits. Error 2D000 where that cannot be: commit or roll back first, then send the call alone, '
  'in psql without -1 and without another statement in the same -c, in a driver with autocommit.';
