create or replace function recon.suspend_run(sqlstate text, reason text, run_id bigint)
returns void
language plpgsql stable
as $$
begin
  if suspend_run.sqlstate is null or suspend_run.sqlstate !~ '^[0-9A-Z]{5}$' then
    raise exception 'sqlstate is %', quote_nullable(suspend_run.sqlstate)
      using errcode = 'invalid_parameter_value';
  end if;
  raise exception '%', suspend_run.reason
    using errcode = suspend_run.sqlstate,
      detail = format(
        'Run %s is suspended. What it has committed stays, and no day is charged with this.',
        suspend_run.run_id
      ),
      hint = format(
        'When that is mended: recon-kit resume %1$s, or call recon.resume_run(run_id => %1$s);',
        suspend_run.run_id
      );
end
$$;

comment on function recon.suspend_run(text, text, bigint) is
  'Raises an error that is no fault of a day again, and says how its run goes on.';
