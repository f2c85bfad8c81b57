-- Which reconciliation a date had is looked up before its source is read: one that commits in
-- between is then seen as another, and costs a second reading; the other way round it would hide
-- what it reconciled.
create or replace function recon.read_days(settlement_dates date[])
returns date[]
language plpgsql volatile
as $$
declare
  v_known date[] := array(
    select d.settlement_date
    from recon.source_days d
    where d.settlement_date = any (read_days.settlement_dates)
  );
  v_marks timestamptz[] := array(
    select d.reconciled_at
    from unnest(read_days.settlement_dates) with ordinality u (settlement_date, n)
    left join recon.days d on d.settlement_date = u.settlement_date
    order by u.n
  );
  v_changed date[];
begin
  select coalesce(array_agg(u.settlement_date order by u.settlement_date), '{}')
  into v_changed
  from unnest(read_days.settlement_dates) u (settlement_date)
  left join recon.source_days d on d.settlement_date = u.settlement_date
  where d.settlement_date is null
    or d.so_rows is null
    or d.fingerprint <> (
      select coalesce(sum(recon.period_hash(p.settlement_period, p.fingerprint)), 0)
      from (
        select r.settlement_period, sum(r.hash) as fingerprint
        from recon.inspected_records r
        where r.settlement_date = u.settlement_date
        group by r.settlement_period
      ) p
    );

  perform recon.note_revisions(array(
    select unnest(v_changed) intersect select unnest(v_known)
  ));

  delete from recon.source_periods p where p.settlement_date = any (v_changed);
  delete from recon.source_farms f where f.settlement_date = any (v_changed);
  perform recon.store_content(v_changed);
  perform recon.store_days(v_changed);

  update recon.source_days s
  set reconciled_at = u.reconciled_at
  from unnest(read_days.settlement_dates, v_marks) u (settlement_date, reconciled_at)
  where s.settlement_date = u.settlement_date
    and s.reconciled_at is distinct from u.reconciled_at;
  return v_changed;
end
$$;

comment on function recon.read_days(date[]) is
  'Reads the source of these dates and stores what it holds where that is not as before. Returns '
  'the dates that are new or changed.';
