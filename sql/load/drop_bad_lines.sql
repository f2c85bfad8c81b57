create or replace function recon.drop_bad_lines(load_id bigint)
returns bigint
language sql volatile
as $$
  with
  dropped as (
    delete from recon.staged_records s
    where s.load_id = drop_bad_lines.load_id
      and s.line_no in (select b.line_no from recon.bad_lines(drop_bad_lines.load_id) b)
    returning 1
  )
  select count(*) from dropped
$$;

comment on function recon.drop_bad_lines(bigint) is
  'Deletes the bad lines of a load from what is staged; returns how many.';
