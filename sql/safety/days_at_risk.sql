-- A model that no day has rows of yet can only be added to what stands. The ctid has it read the
-- rows, and not an index full of what was consumed.
create or replace function recon.days_at_risk(from_date date, to_date date, force boolean)
returns date[]
language sql stable
as $$
  select array(
    select p.settlement_date
    from recon.pending_days p
    where exists (
      select
      from recon.changes c
      left join recon.daily_sums s
        on s.summary_date = c.settlement_date
        and s.miner_model = c.miner_model
      where c.ctid >= '(0,0)'::tid
        and (c.miner_model is null or s.miner_model is not null)
    )
    union
    select p.settlement_date
    from recon.plannable_days(days_at_risk.from_date, days_at_risk.to_date, true) p
    where days_at_risk.force
  )
$$;

comment on function recon.days_at_risk(date, date, boolean) is
  'The dates on which a run may change or delete calculations: all that are pending, unless '
  'nothing but new miner models is, and with force every day of the range.';
