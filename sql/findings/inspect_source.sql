-- The source is read once, into thousands of rows; the rules are about those, so that history
-- costs nothing.
create or replace function recon.inspect_source(
  from_date date default null,
  to_date date default null,
  force boolean default false
)
returns table (
  changed_days integer,
  judged_days integer,
  opened bigint,
  cleared bigint,
  open_issues bigint,
  undated_records bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
as $$
declare
  v_changed date[];
  v_judged date[];
begin
  perform recon.bound_lock_waits();
  perform recon.require_range(inspect_source.from_date, inspect_source.to_date);
  perform recon.take_lock('inspection');

  v_changed := recon.read_days(array(
    select d.settlement_date
    from recon.days_to_read(
      inspect_source.from_date, inspect_source.to_date, inspect_source.force
    ) d
  ));
  if cardinality(v_changed) > 7 then
    analyze recon.source_days, recon.source_periods, recon.source_farms;
  end if;

  v_judged := array(
    select d.settlement_date
    from recon.days_to_judge(
      v_changed, inspect_source.from_date, inspect_source.to_date, inspect_source.force
    ) d
  );
  select k.opened, k.cleared into opened, cleared from recon.keep_findings(v_judged) k;

  update recon.source_days d
  set inspected_at = pg_catalog.now()
  where d.settlement_date = any (v_judged);

  changed_days := cardinality(v_changed);
  judged_days := cardinality(v_judged);
  open_issues := (
    select count(*)
    from recon.source_findings f
    where f.cleared_at is null
      and f.acknowledged_at is null
  );
  undated_records := (
    select u.undated_rows from recon.undated_rows() u where u.finding = 'undated_records'
  );
  return next;
end
$$;

comment on function recon.inspect_source(date, date, boolean) is
  'Reads the days whose source may have changed, has the rules of recon.source_faults judge those '
  'that have and their neighbours, and keeps what they find. With force every day of the range is '
  'judged again, as after a change of settings. Dates are inclusive, null is no bound. Counts the '
  'records too that belong to no day (recon.undated_rows). Error 22023 for a range it cannot use.';
