create or replace function recon.pause(reason text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if coalesce(btrim(pause.reason), '') = '' then
    raise exception 'a pause needs a reason'
      using errcode = 'invalid_parameter_value', hint = 'Say why; it is shown to everybody.';
  end if;
  update recon.settings s set paused_reason = pause.reason;
end
$$;

comment on function recon.pause(text) is
  'Lets batches in flight end and begins no other, until recon.resume(). New runs are refused with '
  'the reason (RK003).';
