create or replace function recon.accept_proposals(
  from_date date default null,
  to_date date default null,
  reason text default null
)
returns table (settlement_date date, difficulty numeric, height integer, source text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.require_range(accept_proposals.from_date, accept_proposals.to_date);
  perform recon.lock_difficulties();

  return query
  with
  proposed as materialized (
    select p.settlement_date, p.difficulty, p.height, p.source
    from recon.proposed_difficulties p
    where p.settlement_date >= coalesce(accept_proposals.from_date, '-infinity')
      and p.settlement_date <= coalesce(accept_proposals.to_date, 'infinity')
  ),
  decided as (
    select recon.decide_difficulties(
      array_agg(p.settlement_date),
      array_agg(p.difficulty),
      'accepted',
      coalesce(accept_proposals.reason, 'proposed from the retargets of the chain')
    )
    from proposed p
  ),
  stored as (
    insert into recon.network_difficulties as d (
      settlement_date, difficulty, source, item_id, sync_id, recorded_at
    )
    select
      p.settlement_date,
      p.difficulty,
      'retarget:' || p.source,
      'height ' || p.height,
      null,
      pg_catalog.now()
    from proposed p
    cross join decided
    on conflict on constraint network_difficulties_pkey do update
    set difficulty = excluded.difficulty,
      source = excluded.source,
      item_id = excluded.item_id,
      sync_id = excluded.sync_id,
      recorded_at = excluded.recorded_at
  )
  select p.settlement_date, p.difficulty, p.height, p.source
  from proposed p
  cross join decided
  order by p.settlement_date;

  if not found then
    raise exception 'there is no difficulty to propose%',
      case
        when accept_proposals.from_date is null and accept_proposals.to_date is null then ''
        else ' on ' || concat_ws(
          ' to ', coalesce(accept_proposals.from_date::text, 'any date'), accept_proposals.to_date
        )
      end
      using errcode = 'invalid_parameter_value',
        hint = 'What is suspect: recon-kit difficulty list. Later retargets come from a file: '
          'recon-kit load-retargets FILE.';
  end if;
end
$$;

comment on function recon.accept_proposals(date, date, text) is
  'A person decides that the difficulties of recon.proposed_difficulties in a range of dates '
  '(null: all) are right: they are stored in place of what is there, with height and source, and '
  'used. Error 22023 where there is none.';
