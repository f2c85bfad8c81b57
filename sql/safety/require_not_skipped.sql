create or replace function recon.require_not_skipped(settlement_date date)
returns void
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_reason text := (
    select d.reason
    from recon.days d
    where d.settlement_date = require_not_skipped.settlement_date
      and d.outcome = 'skipped'
  );
begin
  if v_reason is not null then
    raise exception '% is skipped: %', require_not_skipped.settlement_date, v_reason
      using errcode = 'object_not_in_prerequisite_state',
        hint = format('First: select recon.retry_day(%L);', require_not_skipped.settlement_date);
  end if;
end
$$;

comment on function recon.require_not_skipped(date) is
  'Nothing, or error 55000 where somebody decided to skip the day.';
