-- Damaged data (XX001, XX002) is not among them: it lies in the rows of a day, does not pass, and
-- the other days go on without it.
create or replace function recon.is_server_fault(sqlstate text)
returns boolean
language sql immutable
as $$
  select left(is_server_fault.sqlstate, 2) in ('08', '53', '58')
    or is_server_fault.sqlstate in ('25006', '57P01', '57P02', '57P03', '57P04', '57P05')
$$;

comment on function recon.is_server_fault(text) is
  'Whether an error says that the server lacks something that every day needs, and nothing of the '
  'day it met: no disk space, memory or connection (class 53), a file that it cannot read or write '
  '(58), another server that does not answer (08), a shutdown (57P01 to 57P05), no writing '
  '(25006).';
