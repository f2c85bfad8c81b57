create or replace function recon.set_webhook(webhook text, severity text default null)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if set_webhook.severity is not null then
    perform recon.require_word(
      'severity', set_webhook.severity, array['note', 'warning', 'critical']
    );
  end if;
  insert into recon.webhooks as w (webhook, severity)
  values (set_webhook.webhook, set_webhook.severity)
  on conflict on constraint webhooks_pkey do update
  set severity = excluded.severity;
exception
  when check_violation or not_null_violation then
    raise exception 'no webhook can be called %', quote_nullable(set_webhook.webhook)
      using errcode = 'invalid_parameter_value',
        hint = 'Use a letter and up to 30 letters and digits, in lower case, other than secret '
          'and file: it becomes part of the name of a variable, as in RECON_WEBHOOK_PAGER.';
end
$$;

comment on function recon.set_webhook(text, text) is
  'Adds a webhook, or changes the least severity that it is posted (null: as its sender says). '
  'Who sends needs its URL in the environment: RECON_WEBHOOK_PAGER for one called pager. Error '
  '22023 for another severity, or a name that no variable can have.';
