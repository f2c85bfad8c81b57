create or replace function recon.batch_budget()
returns interval
language sql stable
as $$
  select least(s.batch_time, nullif(current_setting('statement_timeout')::interval, '0') / 2)
  from recon.settings s
$$;

comment on function recon.batch_budget() is
  'The time a batch aims at: settings.batch_time, or half a statement_timeout that is shorter.';
