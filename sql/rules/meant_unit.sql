create or replace function recon.meant_unit(farm_id text)
returns text
language sql stable
as $$
  with
  spelled as (
    select
      b.farm_id,
      upper(regexp_replace(b.farm_id, '[^A-Za-z0-9]', '', 'g')) as whole,
      upper(regexp_replace(regexp_replace(b.farm_id, '^.*_', ''), '[^A-Za-z0-9]', '', 'g')) as name
    from recon.bm_units b
  ),
  meant as (
    select
      upper(regexp_replace(meant_unit.farm_id, '[^A-Za-z0-9]', '', 'g')) as whole,
      upper(
        regexp_replace(regexp_replace(meant_unit.farm_id, '^.*_', ''), '[^A-Za-z0-9]', '', 'g')
      ) as name
  ),
  found as (
    select s.farm_id, s.whole = m.whole as is_whole
    from spelled s
    join meant m
      on m.name <> ''
      and (s.whole = m.whole or s.name = m.name)
  )
  select coalesce(
    (select min(f.farm_id) from found f where f.is_whole having count(*) = 1),
    (select min(f.farm_id) from found f having count(*) = 1)
  )
$$;

comment on function recon.meant_unit(text) is
  'The only BM unit whose name is this but for upper and lower case, blanks and other characters, '
  'or the prefix; null where there is none, or more than one.';
