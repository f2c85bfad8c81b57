create or replace function recon.read_retargets(lines jsonb)
returns table (
  line_no bigint,
  height integer,
  began_at timestamptz,
  nbits text,
  difficulty numeric,
  fault text
)
language sql stable
as $$
  select
    l.line_no,
    case when l.height ~ '^[0-9]{1,8}$' then l.height::integer end,
    m.began_at,
    n.nbits,
    round(recon.target_difficulty(n.nbits), 6),
    case
      when l.fault is not null then l.fault
      when l.height is null or l.height !~ '^[0-9]{1,8}$' or l.height::integer % 2016 <> 0
        then format('height %L is no multiple of 2016', l.height)
      when m.began_at is null or m.began_at not between '2009-01-03 00:00:00+00' and p.latest
        then format('began_at %L is not a time (YYYY-MM-DDTHH:MM:SSZ) since 2009', l.began_at)
      when l.nbits is not null and l.nbits !~* '^[0-9a-f]{2}[0-7][0-9a-f]{5}$'
        then format('nbits %L is not a target: 8 hexadecimal digits', l.nbits)
      when l.difficulty is not null and d.difficulty is null or d.difficulty in ('NaN', 'Infinity')
        then format('difficulty %L is not a number', l.difficulty)
      when l.nbits is null and l.difficulty is null
        then 'it has neither nbits nor difficulty'
      when n.nbits is null
        then format('no target of 24 bits gives the difficulty %s', l.difficulty)
      when recon.target_difficulty(n.nbits) is null or recon.target_difficulty(n.nbits) < 1
        then format('nbits %L is no target of the network', l.nbits)
      when abs(d.difficulty - recon.target_difficulty(n.nbits))
          >= greatest(0.1 ^ scale(trim_scale(d.difficulty)), 2.3e-16 * d.difficulty)
        then format(
          'nbits %s is the difficulty %s, not %s',
          n.nbits, round(recon.target_difficulty(n.nbits), 6), l.difficulty
        )
    end
  from jsonb_to_recordset(read_retargets.lines) as l (
    line_no bigint,
    fault text,
    height text,
    began_at text,
    nbits text,
    difficulty text
  )
  cross join lateral (select pg_catalog.now() + interval '1 day') p (latest)
  cross join lateral (
    select case
      when l.began_at ~ '^[0-9]{9,10}$' then to_timestamp(l.began_at::double precision)
      else recon.parse_moment(l.began_at)
    end
  ) m (began_at)
  cross join lateral (select recon.parse_number(l.difficulty)) d (difficulty)
  cross join lateral (
    select case
      when l.nbits ~* '^[0-9a-f]{2}[0-7][0-9a-f]{5}$' then lower(l.nbits)
      when l.nbits is null and d.difficulty > 0 and d.difficulty < 'Infinity'
        then recon.target_of(d.difficulty)
    end
  ) n (nbits)
$$;

comment on function recon.read_retargets(jsonb) is
  'The lines of a file of retargets, an array of {line_no, fault, height, began_at, nbits, '
  'difficulty} in text, as read; and what is wrong with a line by itself.';
