create or replace function recon.stop_message(run_id bigint)
returns text
language sql stable
as $$
  select format(
    'run %s was stopped%s: %s',
    r.run_id,
    case
      when not exists (select from recon.run_days d where d.run_id = r.run_id)
        then ' before it wrote anything'
    end,
    r.reason
  )
  from recon.runs r
  where r.run_id = stop_message.run_id
$$;

comment on function recon.stop_message(bigint) is 'That the fuse stopped a run, and why.';
