create or replace procedure recon.scrub(
  budget interval default '30 seconds',
  inout days integer default 0,
  inout days_off integer default 0,
  inout oldest_verification_at timestamptz default null
)
language plpgsql
as $$
declare
  v_started timestamptz := clock_timestamp();
  v_date date;
begin
  if budget is null or budget <= '0' then
    raise exception 'budget is %', coalesce(budget::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Use an interval, such as 30 seconds.';
  end if;
  call recon.call_alone_outside_a_transaction();
  perform recon.require_not_paused();
  days := 0;
  days_off := 0;

  foreach v_date in array recon.days_to_scrub() loop
    exit when clock_timestamp() - v_started >= budget or recon.is_paused();
    commit;
    if exists (
      select
      from recon.verify(v_date, v_date, 'cells') f
      where f.settlement_date = v_date
        and f.cells is not null
    ) then
      days_off := days_off + 1;
    end if;
    days := days + 1;
  end loop;
  commit;
  oldest_verification_at := (select s.oldest_verification_at from recon.status() s);
end
$$;

comment on procedure recon.scrub(interval, integer, integer, timestamptz) is
  'Verifies, cell by cell, the reconciled days that were verified longest ago, until the budget '
  'is spent. Returns how many, on how many something was off (they are pending now), and when '
  'the day verified longest ago was.';
