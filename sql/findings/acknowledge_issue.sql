create or replace function recon.acknowledge_issue(
  settlement_date date,
  kind text,
  reason text,
  subject text default null,
  to_date date default null
)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_last date := coalesce(acknowledge_issue.to_date, acknowledge_issue.settlement_date);
  v_kinds text;
  v_count bigint;
begin
  if coalesce(btrim(acknowledge_issue.reason), '') = '' then
    raise exception 'acknowledging needs a reason'
      using errcode = 'invalid_parameter_value', hint = 'Say why; it is kept with the issue.';
  end if;
  perform recon.bound_lock_waits();
  perform recon.require_range(acknowledge_issue.settlement_date, v_last);
  perform recon.take_lock('inspection');

  update recon.source_findings f
  set acknowledged_at = pg_catalog.now(),
    acknowledged_by = session_user,
    reason = btrim(acknowledge_issue.reason)
  where f.settlement_date <= v_last
    and coalesce(f.last_date, f.settlement_date) >= acknowledge_issue.settlement_date
    and f.kind = acknowledge_issue.kind
    and f.subject = coalesce(acknowledge_issue.subject, f.subject)
    and f.cleared_at is null;
  get diagnostics v_count = row_count;

  if v_count = 0 then
    select string_agg(distinct concat_ws(' ', f.kind, nullif(f.subject, '')), ', ')
    into v_kinds
    from recon.source_findings f
    where f.settlement_date <= v_last
      and coalesce(f.last_date, f.settlement_date) >= acknowledge_issue.settlement_date
      and f.cleared_at is null;

    raise exception 'there is no issue % on %',
      concat_ws(' ', quote_nullable(acknowledge_issue.kind), acknowledge_issue.subject),
      concat_ws(' to ', acknowledge_issue.settlement_date, acknowledge_issue.to_date)
      using errcode = 'invalid_parameter_value',
        hint = coalesce('There are: ' || v_kinds, 'There is none at all.');
  end if;
  return v_count;
end
$$;

comment on function recon.acknowledge_issue(date, text, text, text, date) is
  'A person lets what was found stand, and says why: all of a kind on a date, or those about one '
  'subject; to a last date, on all of these. It opens again when the evidence becomes another. '
  'Returns how many. Error 22023 without a reason or where there is none.';
