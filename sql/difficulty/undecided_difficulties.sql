create or replace function recon.undecided_difficulties(from_date date, to_date date)
returns table (
  settlement_date date,
  difficulty numeric,
  is_stored boolean,
  source text,
  item_id text,
  sync_id bigint
)
language sql stable
as $$
  select s.settlement_date, s.difficulty, true, null, null, null
  from recon.suspect_difficulties s
  where not s.is_accepted
    and s.settlement_date between undecided_difficulties.from_date
      and undecided_difficulties.to_date
  union all
  (
    select distinct on (f.settlement_date, n.difficulty)
      f.settlement_date,
      n.difficulty,
      false,
      f.source,
      f.item_id,
      f.sync_id
    from recon.difficulty_refusals f
    cross join lateral recon.parse_number(f.difficulty_text) n (difficulty)
    where f.settlement_date between undecided_difficulties.from_date
        and undecided_difficulties.to_date
      and n.difficulty > 0
      and n.difficulty < 'Infinity'
      and not exists (
        select
        from recon.network_difficulties d
        where d.settlement_date = f.settlement_date
          and recon.is_same_difficulty(d.difficulty, n.difficulty)
      )
    order by f.settlement_date, n.difficulty, f.refusal_id desc
  )
$$;

comment on function recon.undecided_difficulties(date, date) is
  'What a person can accept: the stored difficulties that are suspect, and those that were refused '
  'and are not the stored ones, with where they came from.';
