-- An epoch takes 14 days x its difficulty / the next one + 600 s, but where the step is cut off at
-- x4, and at the least difficulty, 1. Six hours are five times the most that was ever seen.
create or replace function recon.bad_retargets(lines jsonb)
returns table (line_no bigint, reason text)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  read as materialized (
    select r.line_no, r.height, r.began_at, r.nbits, r.difficulty, r.fault
    from recon.read_retargets(bad_retargets.lines) r
  ),
  beside as (
    select
      r.line_no,
      r.height,
      r.began_at,
      r.nbits,
      r.difficulty,
      r.fault,
      lag(r.line_no) over by_line as line_before,
      lag(r.height) over by_line as height_before,
      count(*) over (partition by r.height order by r.line_no) as times
    from read r
    window by_line as (order by r.line_no)
  ),
  known as (
    select height, began_at, nbits, difficulty from recon.retargets where height is not null
    union all
    select r.height, r.began_at, r.nbits, r.difficulty
    from read r
    where r.fault is null
      and not exists (select from recon.retargets k where k.height = r.height)
  )
  select
    b.line_no,
    case
      when b.fault is not null
        then b.fault
      when b.times > 1
        then format('height %s stands in the file twice', b.height)
      when b.height < b.height_before
        then format('height %s comes after %s: they have to ascend', b.height, b.height_before)
      when b.height <> b.height_before + 2016
        then format('the file goes from height %s to %s: there is a gap', b.height_before, b.height)
      when (k.nbits, k.began_at) <> (b.nbits, b.began_at)
        then format(
          'height %s is known as %s from %s', b.height, k.nbits,
          to_char(k.began_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        )
      else s.fault
    end
  from beside b
  left join recon.retargets k on k.height = b.height
  left join lateral (
    select case
      when f.began_at >= t.began_at
        then format('height %s began before height %s', t.height, f.height)
      when t.difficulty > f.difficulty * 4.0002 or t.difficulty < f.difficulty / 4.0002
        then format(
          'the step from %s to %s at height %s is beyond x4', f.difficulty, t.difficulty, t.height
        )
      when t.difficulty > 1
          and t.difficulty < f.difficulty * 3.99
          and abs(
            extract(epoch from t.began_at - f.began_at) - 600
              - 1209600 * f.difficulty / t.difficulty
          ) > 21600
        then format(
          'the epoch before height %s took %s days by the hours, and %s by the step in difficulty',
          t.height,
          round(extract(epoch from t.began_at - f.began_at) / 86400, 2),
          round((1209600 * f.difficulty / t.difficulty + 600) / 86400, 2)
        )
    end
    from known f
    join known t on t.height = f.height + 2016
    where b.height in (f.height, t.height)
    order by t.height desc
    limit 1
  ) s (fault) on b.fault is null
  where b.fault is not null
    or b.times > 1
    or b.height <> b.height_before + 2016
    or (k.nbits, k.began_at) <> (b.nbits, b.began_at)
    or s.fault is not null
  order by b.line_no
$$;

comment on function recon.bad_retargets(jsonb) is
  'The lines of a file of retargets that cannot be: by themselves, among the others (gaps, heights '
  'twice, another order), beside what is known, or as steps of the protocol.';
