create or replace function recon.require_webhook(webhook text)
returns table (severity text, advisory_key integer)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  return query
  select w.severity, w.advisory_key
  from recon.webhooks w
  where w.webhook = require_webhook.webhook;
  if not found then
    raise exception 'there is no webhook %', quote_nullable(require_webhook.webhook)
      using errcode = 'invalid_parameter_value',
        hint = format(
          'Add it: select recon.set_webhook(%L). There are: %s.',
          require_webhook.webhook,
          (select string_agg(w.webhook, ', ' order by w.webhook) from recon.webhooks w)
        );
  end if;
end
$$;

comment on function recon.require_webhook(text) is
  'What recon.webhooks has of a webhook. Error 22023 for an unknown one, naming those there are.';
