-- A change that concerns every date is logged as one row, dated -infinity. The dates are listed
-- here and not by the writer, who could not see those of transactions still open beside it.
create or replace function recon.expand_changes()
returns void
language plpgsql volatile
as $$
begin
  if not exists (select from recon.changes c where c.settlement_date = '-infinity') then
    return;
  end if;

  with
  claimed as (
    select c.change_id
    from recon.changes c
    where c.settlement_date = '-infinity'
    for update skip locked
  ),
  taken as (
    delete from recon.changes c
    using claimed t
    where c.settlement_date = '-infinity'
      and c.change_id = t.change_id
    returning c.reason, c.miner_model, c.changed_at
  ),
  reasons as materialized (
    select t.reason, t.miner_model, min(t.changed_at) as changed_at
    from taken t
    group by t.reason, t.miner_model
  )
  insert into recon.changes (settlement_date, reason, miner_model, changed_at)
  select d.settlement_date, r.reason, r.miner_model, r.changed_at
  from reasons r
  cross join recon.settlement_dates(null, null) d;
end
$$;

comment on function recon.expand_changes() is
  'Replaces each change that concerns every date by one per date that there is.';
