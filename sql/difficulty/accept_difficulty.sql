create or replace function recon.accept_difficulty(
  from_date date,
  to_date date default null,
  reason text default null,
  difficulty numeric default null
)
returns table (settlement_date date, accepted numeric)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_last date := coalesce(accept_difficulty.to_date, accept_difficulty.from_date);
  v_values text;
  v_count bigint;
begin
  perform recon.require_range(accept_difficulty.from_date, v_last);
  perform recon.bound_lock_waits();
  perform recon.lock_difficulties();

  select string_agg(trim_scale(u.difficulty)::text, ', ' order by u.difficulty), count(*)
  into v_values, v_count
  from recon.undecided_difficulties(accept_difficulty.from_date, v_last) u
  where (u.is_stored or accept_difficulty.to_date is null)
    and coalesce(recon.is_same_difficulty(accept_difficulty.difficulty, u.difficulty), true);

  if v_count = 0 then
    raise exception 'there is no suspect or refused difficulty to accept on %',
      concat_ws(' to ', accept_difficulty.from_date, accept_difficulty.to_date)
      using errcode = 'invalid_parameter_value',
        hint = 'What is suspect: recon-kit difficulty list, or '
          'select * from recon.difficulty_findings; what was refused: recon.difficulty_refusals.';
  end if;
  if v_count > 1 and accept_difficulty.to_date is null then
    raise exception '% has several difficulties to choose from: %',
      accept_difficulty.from_date, v_values
      using errcode = 'invalid_parameter_value',
        hint = 'Name one: --value, or difficulty => ' || split_part(v_values, ',', 1);
  end if;

  return query
  with
  chosen as materialized (
    select u.settlement_date, u.difficulty, u.is_stored, u.source, u.item_id, u.sync_id
    from recon.undecided_difficulties(accept_difficulty.from_date, v_last) u
    where (u.is_stored or accept_difficulty.to_date is null)
      and coalesce(recon.is_same_difficulty(accept_difficulty.difficulty, u.difficulty), true)
  ),
  decided as (
    select recon.decide_difficulties(
      array_agg(c.settlement_date), array_agg(c.difficulty), 'accepted', accept_difficulty.reason
    )
    from chosen c
  ),
  stored as (
    insert into recon.network_difficulties as d (
      settlement_date, difficulty, source, item_id, sync_id, recorded_at
    )
    select c.settlement_date, c.difficulty, c.source, c.item_id, c.sync_id, pg_catalog.now()
    from chosen c
    cross join decided
    where not c.is_stored
    on conflict on constraint network_difficulties_pkey do update
    set difficulty = excluded.difficulty,
      source = excluded.source,
      item_id = excluded.item_id,
      sync_id = excluded.sync_id,
      recorded_at = excluded.recorded_at
  )
  select c.settlement_date, c.difficulty
  from chosen c
  cross join decided
  order by c.settlement_date;
end
$$;

comment on function recon.accept_difficulty(date, date, text, numeric) is
  'A person decides that the difficulty of a date is right: one that was refused is stored, with '
  'where it came from, and used; one that is suspect is no longer. To a last date: all that are '
  'stored and suspect. Error 22023 where there is none, or several and none is named.';
