create or replace function recon.meant_unit(
  farm_id text,
  out meant text,
  out is_spelling boolean
)
language sql stable
as $$
  with
  spelled as (
    select
      b.farm_id,
      upper(b.farm_id) as whole,
      upper(regexp_replace(b.farm_id, '^.*_', '')) as name
    from recon.bm_units b
  ),
  given as (
    select upper(regexp_replace(
      translate(
        meant_unit.farm_id,
        chr(8208) || chr(8209) || chr(8210) || chr(8211) || chr(8212) || chr(8722),
        '------'
      ),
      '[^!-~]',
      '',
      'g'
    )) as whole
  ),
  found as (
    select s.farm_id, s.whole = g.whole as is_whole, strpos(g.whole, '_') = 0 as is_bare
    from spelled s
    join given g
      on s.whole = g.whole
      or s.name <> '' and s.name = regexp_replace(g.whole, '^.*_', '')
  ),
  counted as (
    select
      f.farm_id,
      f.is_whole,
      f.is_bare,
      count(*) over (partition by f.is_whole) as alike
    from found f
    where f.is_whole or not exists (select from found w where w.is_whole)
  )
  select c.farm_id, c.is_whole or c.is_bare
  from counted c
  where c.alike = 1
$$;

comment on function recon.meant_unit(text) is
  'The only BM unit whose name is this but for upper and lower case, blanks, dashes and characters '
  'that are not printed, or but for a prefix that is lacking (is_spelling), or is another one; '
  'nulls where there is none, or more than one.';
