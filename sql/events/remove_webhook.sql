create or replace function recon.remove_webhook(webhook text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.require_webhook(remove_webhook.webhook);
  if remove_webhook.webhook = 'default' then
    raise exception 'the webhook default stays'
      using errcode = 'invalid_parameter_value',
        hint = 'Nothing is posted to it where RECON_WEBHOOK is not set.';
  end if;
  delete from recon.webhooks w where w.webhook = remove_webhook.webhook;
end
$$;

comment on function recon.remove_webhook(text) is
  'Forgets a webhook, and what it was posted. Error 22023 for an unknown one, and for default.';
