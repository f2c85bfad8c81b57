create or replace function recon.is_open_run(run_id bigint)
returns boolean
language sql stable
as $$
  select exists (
    select
    from recon.runs r
    where r.run_id = is_open_run.run_id
      and (
        r.finished_at is null
        or exists (
          select
          from recon.run_days d
          where d.run_id = r.run_id
            and d.outcome is null
            and not exists (
              select from recon.days s
              where s.settlement_date = d.settlement_date
                and (s.run_id > r.run_id or s.outcome = 'skipped')
            )
        )
        or r.outcome = 'stopped'
          and not exists (
            select from recon.runs e
            where e.run_id > r.run_id
              and e.outcome in ('complete', 'incomplete')
          )
      )
  )
$$;

comment on function recon.is_open_run(bigint) is
  'Whether a run goes on: it has not ended, days are left that no later run has seen to, or it was '
  'stopped and what a person says about that is still to be used.';
