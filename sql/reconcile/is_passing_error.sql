create or replace function recon.is_passing_error(sqlstate text, took interval)
returns boolean
language sql stable
as $$
  select is_passing_error.sqlstate in (
      '40001', '40P01', '55P03', '23001', '23503', '23505', '23P01'
    )
    or (
      is_passing_error.sqlstate = '57014'
      and is_passing_error.took < 0.5 * current_setting('statement_timeout')::interval
    )
$$;

comment on function recon.is_passing_error(text, interval) is
  'Whether an error that undid a day may be gone at the next attempt: a serialization failure, a '
  'deadlock, a lock that somebody holds, a key that a row took or a row that a key lost meanwhile, '
  'or a statement_timeout that ran out when the day had had less than half of it.';
