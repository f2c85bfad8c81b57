create or replace function recon.alike(names text[], name text)
returns text
language sql immutable parallel safe
as $$
  select concat_ws(
    ' and ',
    string_agg(r.known, ', ' order by r.place) filter (where r.place <= 10),
    case when count(*) > 10 then pg_catalog.format('%s more', count(*) - 10) end
  )
  from (
    select
      k.known,
      row_number() over (order by s.pairs desc, length(k.known), k.known) as place
    from unnest(alike.names) k (known)
    cross join lateral (
      select count(*) as pairs
      from pg_catalog.generate_series(1, least(length(alike.name), 50) - 1) n
      where pg_catalog.strpos(lower(k.known), lower(substr(alike.name, n, 2))) > 0
    ) s
    where k.known is not null
  ) r
  having count(*) > 0
$$;

comment on function recon.alike(text[], text) is
  'The ten names that share most pairs of letters with the one that was given, best first, and how '
  'many more there are; null where there is none.';
