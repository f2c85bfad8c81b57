-- Another worker of the run shows by the days before that are not done: those of its batch, where
-- batches are of twenty days at most. Then the rows of two days grow into the index side by side.
-- This is about the layout of the index alone. PostgreSQL 15, planning while the table is empty,
-- would look for max() in all of it, and keep that plan.
create or replace function recon.comes_last(settlement_date date, run_id bigint)
returns boolean
language plpgsql stable
as $$
begin
  return coalesce(
    (
      select h.settlement_date
      from public.historical_bitcoin_calculations h
      order by h.settlement_date desc
      limit 1
    ) <= comes_last.settlement_date,
    true
  ) and not exists (
    select
    from (
      select d.outcome
      from recon.run_days d
      where d.run_id = comes_last.run_id
        and d.settlement_date < comes_last.settlement_date
      order by d.settlement_date desc
      limit 20
    ) d
    where d.outcome is null
  );
end
$$;

comment on function recon.comes_last(date, bigint) is
  'Whether the calculations of a date go to the end of their index: none of a later date is '
  'stored, and of the twenty days of the run before it all are done.';
