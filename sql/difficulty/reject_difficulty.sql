create or replace function recon.reject_difficulty(
  from_date date,
  reason text,
  to_date date default null
)
returns table (settlement_date date, rejected numeric)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_last date := coalesce(reject_difficulty.to_date, reject_difficulty.from_date);
  v_dates date[];
  v_difficulties numeric[];
begin
  perform recon.require_range(reject_difficulty.from_date, v_last);
  if coalesce(btrim(reject_difficulty.reason), '') = '' then
    raise exception 'rejecting a difficulty needs a reason'
      using errcode = 'invalid_parameter_value', hint = 'Say why; the blocked day shows it.';
  end if;
  perform recon.bound_lock_waits();
  perform recon.lock_difficulties();

  with
  removed as (
    delete from recon.network_difficulties d
    where d.settlement_date between reject_difficulty.from_date and v_last
    returning d.settlement_date, d.difficulty
  )
  select
    array_agg(r.settlement_date order by r.settlement_date),
    array_agg(r.difficulty order by r.settlement_date)
  into v_dates, v_difficulties
  from removed r;

  if v_dates is null then
    raise exception 'there is no difficulty to reject on %',
      concat_ws(' to ', reject_difficulty.from_date, reject_difficulty.to_date)
      using errcode = 'invalid_parameter_value',
        hint = 'What there is: select * from recon.network_difficulties;';
  end if;
  perform recon.decide_difficulties(v_dates, v_difficulties, 'rejected', reject_difficulty.reason);

  return query
  select r.settlement_date, r.difficulty
  from unnest(v_dates, v_difficulties) r (settlement_date, difficulty);
end
$$;

comment on function recon.reject_difficulty(date, text, date) is
  'A person decides that the difficulty of a date, or of all dates to a last one, is wrong: it is '
  'removed, the day is blocked with the reason, and the value is refused when a sync brings it '
  'again. Error 22023 without a reason, or where there is none.';
