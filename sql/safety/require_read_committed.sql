create or replace function recon.require_read_committed()
returns void
language plpgsql stable
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'this transaction is %, and repairing needs read committed',
      current_setting('transaction_isolation')
      using errcode = 'RK001',
        hint = 'Begin it with: set transaction isolation level read committed.';
  end if;
end
$$;

comment on function recon.require_read_committed() is
  'Nothing, or error RK001 in a transaction that would go on with an old snapshot after it has '
  'locked a day.';
