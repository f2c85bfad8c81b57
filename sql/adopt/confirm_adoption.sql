create or replace function recon.confirm_adoption()
returns table (table_name text, "rows" bigint, bytes bigint)
language plpgsql volatile
as $$
begin
  if to_regclass('recon_legacy.adoption') is null then
    raise exception 'there is no adoption to confirm'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'None was begun, or it has been confirmed.';
  end if;
  if to_regclass('recon.days') is null or exists (
    select
    from recon.adoption_steps s
    where s.kind <> 'rows'
      and s.finding is not null
  ) then
    raise exception 'the adoption is not finished'
      using errcode = 'object_not_in_prerequisite_state', hint = 'recon-kit adopt goes on with it.';
  end if;

  return query
  select recon.full_name(c.oid), recon.count_rows(c.oid), pg_total_relation_size(c.oid)
  from pg_class c
  where c.relnamespace = 'recon_legacy'::regnamespace
    and c.relkind in ('r', 'p', 'm')
  order by 1;

  drop schema recon_legacy cascade;
end
$$;

comment on function recon.confirm_adoption() is
  'Ends an adoption: drops recon_legacy, after which it cannot be undone. Returns what was in it, '
  'with its size.';
