-- Notations of one value, 83947913181361 and 83947913181362 beside 83947913181361.6, are the same
-- target of 24 bits, or one is the other cut or rounded. They are looked for among the items and
-- what is stored about their dates. The planner cannot know how many items this sync has; taking
-- them for one, it would loop over all of them for each.
create or replace function recon.sync_values(sync_id bigint, date_format text)
returns table (
  item_id text,
  date_text text,
  difficulty_text text,
  settlement_date date,
  difficulty numeric,
  written_as numeric,
  refusal text
)
language sql stable
set enable_nestloop = off
as $$
  with
  items as materialized (
    select
      i.item_id,
      i.date_text,
      i.difficulty_text,
      p.settlement_date,
      p.written_as,
      case
        when i.date_text is null then 'the date is missing'
        when p.read_date is null then 'not a date of the form ' || sync_values.date_format
        when p.settlement_date is null then format(
          'not a date of the calendar, %s to %s',
          recon.clamp_date('-infinity'),
          recon.clamp_date('infinity')
        )
        when i.difficulty_text is null then 'the difficulty is missing'
        when p.written_as is null then 'the difficulty is not a number'
        when p.written_as in ('NaN', 'Infinity', '-Infinity') then 'the difficulty is not finite'
        when p.written_as <= 0 then 'the difficulty is not positive'
        when p.written_as >= 1e50 or scale(trim_scale(p.written_as)) > 50
          then 'the difficulty is 1e50 or more, or has more than 50 decimals'
      end as fault
    from recon.sync_items i
    cross join lateral (
      select
        d.read_date,
        case when recon.has_day(d.read_date) then d.read_date end as settlement_date,
        recon.parse_number(i.difficulty_text) as written_as
      from (
        select coalesce(
          recon.parse_date(i.date_text, sync_values.date_format),
          recon.parse_date(
            to_char(recon.parse_moment(i.date_text) at time zone 'UTC', 'YYYY-MM-DD'), 'YYYY-MM-DD'
          )
        ) as read_date
      ) d
    ) p
    where i.sync_id = sync_values.sync_id
  ),
  around as (
    select min(i.settlement_date) - 60 as from_date, max(i.settlement_date) + 60 as to_date
    from items i
    where i.fault is null
  ),
  notations as materialized (
    select v.difficulty, scale(v.difficulty) as decimals, t.exact, t.is_exact, t.nbits
    from (
      select trim_scale(i.written_as) from items i where i.fault is null
      union
      select trim_scale(k.difficulty)
      from around a
      join recon.network_difficulties k on k.settlement_date between a.from_date and a.to_date
      union
      select trim_scale(x.difficulty)
      from around a
      join recon.difficulty_decisions x on x.settlement_date between a.from_date and a.to_date
    ) v (difficulty)
    cross join lateral recon.nearest_target(v.difficulty) t
  ),
  spellings as (
    select coarse.difficulty as written_as, fine.difficulty, fine.decimals, fine.exact
    from notations fine
    join notations coarse using (nbits)
    where fine.is_exact
      and coarse.is_exact
    union all
    select coarse.difficulty, fine.difficulty, fine.decimals, fine.exact
    from notations fine
    join (select distinct n.decimals from notations n) c on c.decimals <= fine.decimals
    cross join lateral (
      values (round(fine.difficulty, c.decimals)), (trunc(fine.difficulty, c.decimals))
    ) s (difficulty)
    join notations coarse
      on coarse.difficulty = s.difficulty
      and recon.is_same_difficulty(fine.difficulty, coarse.difficulty)
  ),
  epochs as materialized (
    select distinct on (s.written_as) s.written_as, s.difficulty
    from spellings s
    order by s.written_as, s.decimals desc, abs(s.difficulty - s.exact), s.difficulty desc
  ),
  readings as materialized (
    select
      i.*,
      e.difficulty,
      case
        when i.fault is not null then i.fault
        when min(e.difficulty) over of_date < max(e.difficulty) over of_date
          then 'items of this date disagree'
      end as refusal
    from items i
    left join epochs e on i.fault is null and e.written_as = i.written_as
    window of_date as (partition by i.settlement_date)
  ),
  respelled as (
    select k.settlement_date, e.difficulty, k.difficulty as written_as
    from around a
    join recon.network_difficulties k on k.settlement_date between a.from_date and a.to_date
    join epochs e on e.written_as = k.difficulty and e.difficulty <> k.difficulty
    where not exists (
      select from readings r where r.settlement_date = k.settlement_date and r.refusal is null
    )
  )
  select
    r.item_id,
    r.date_text,
    r.difficulty_text,
    r.settlement_date,
    r.difficulty,
    r.written_as,
    r.refusal
  from readings r
  union all
  select
    null,
    to_char(d.settlement_date, sync_values.date_format),
    d.written_as::text,
    d.settlement_date,
    d.difficulty,
    d.written_as,
    null
  from respelled d
$$;

comment on function recon.sync_values(bigint, text) is
  'The items of a sync as read: date, difficulty in the most precise notation known of that '
  'value, the number as written, and why the item is refused (null where it is not). Then the '
  'stored difficulties that are to be written in a more precise notation, without item_id.';
