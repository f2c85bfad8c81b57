create or replace function recon.plannable_days(from_date date, to_date date, force boolean)
returns table (settlement_date date)
language sql stable
as $$
  select p.settlement_date
  from recon.pending_days p
  left join recon.days d using (settlement_date)
  where p.settlement_date >= coalesce(from_date, '-infinity')
    and p.settlement_date <= coalesce(to_date, 'infinity')
    and d.outcome is distinct from 'skipped'
    and (force or d.next_attempt_at is null or d.next_attempt_at <= pg_catalog.now())
  union
  select a.settlement_date
  from recon.settlement_dates(from_date, to_date) a
  left join recon.days d using (settlement_date)
  where force
    and d.outcome is distinct from 'skipped'
$$;

comment on function recon.plannable_days(date, date, boolean) is
  'The days a run over this range would do.';
