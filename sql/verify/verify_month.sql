-- A function, so that a bare select does for a job: select recon.verify_month();
create or replace function recon.verify_month(
  year_month text default null,
  depth text default 'cells'
)
returns table (settlement_date date, finding text, cells bigint)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select f.settlement_date, f.finding, f.cells
  from recon.month_range(verify_month.year_month) m
  cross join lateral recon.verify(m.from_date, m.to_date, verify_month.depth) f
$$;

comment on function recon.verify_month(text, text) is
  'Verifies a month, such as 2025-03, as recon.verify does. Null is the current month, and on its '
  'first day the previous one too. Error 22023 for a month or depth it cannot use, and for a '
  'month in the future or before the first record.';
