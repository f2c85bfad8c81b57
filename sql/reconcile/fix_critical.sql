create or replace procedure recon.fix_critical(
  max_dates integer default 20,
  inout dates integer default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
declare
  v_date date;
  v_dates date[];
  v_run_id bigint;
  v_outcome text;
  v_message text;
begin
  call recon.call_alone_outside_a_transaction();
  v_dates := recon.critical_days(max_dates);
  dates := pg_catalog.cardinality(v_dates);
  outcome := 'complete';

  foreach v_date in array v_dates loop
    if recon.is_paused() then
      outcome := 'incomplete';
      message := pg_catalog.concat_ws(
        e'\n', message, pg_catalog.format('runs were paused before %s', v_date)
      );
      exit;
    end if;
    call recon.reconcile_critical(v_date, v_run_id, v_outcome, v_message);
    message := pg_catalog.concat_ws(
      e'\n', message, pg_catalog.format(
        '%s %s: %s', pg_catalog.to_char(v_date, 'YYYY-MM-DD'), v_outcome, v_message
      )
    );
    if v_outcome <> 'complete' then
      outcome := v_outcome;
    end if;
  end loop;
end
$$;

comment on procedure recon.fix_critical(integer, integer, text, text) is
  'Calls recon.reconcile_critical for the days of most curtailed energy that are not complete, at '
  'most max_dates. Returns how many dates, the outcome (complete where all are) and a line each.';
