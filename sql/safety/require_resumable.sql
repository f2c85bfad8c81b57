create or replace function recon.require_resumable(run_id bigint)
returns void
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if not exists (
    select
    from recon.runs r
    where r.run_id = require_resumable.run_id
      and (
        r.finished_at is null
        or exists (
          select from recon.run_days d where d.run_id = r.run_id and d.outcome is null
        )
      )
  ) then
    raise exception '% run %',
      case
        when exists (select from recon.runs r where r.run_id = require_resumable.run_id)
          then 'nothing is left of'
        else 'there is no'
      end,
      coalesce(require_resumable.run_id::text, 'null')
      using errcode = 'invalid_parameter_value',
        hint = 'Runs with days left: select * from recon.run_history where left_days > 0;';
  end if;
  perform recon.require_not_stopped(require_resumable.run_id);
  perform recon.require_not_paused();
  perform recon.require_capture(null);
end
$$;

comment on function recon.require_resumable(bigint) is
  'Error 22023 where a run has ended and has no day left to do, or there is no such run; RK002 '
  'where the fuse stopped it and nobody has confirmed that; RK003 while runs are paused.';
