create or replace function recon.today()
returns date
language sql stable parallel safe
as $$
  select (recon.now() at time zone 'Europe/London')::date
$$;

comment on function recon.today() is 'The settlement date of this moment.';
