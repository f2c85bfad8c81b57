-- Two notations of one value, 83947913181362 beside 83947913181361.6, round to each other and
-- differ by less than a billionth; two epochs never come that close.
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
as $$
  with
  items as materialized (
    select
      i.*,
      recon.parse_date(i.date_text, sync_values.date_format) as settlement_date,
      recon.parse_number(i.difficulty_text) as written_as
    from recon.sync_items i
    where i.sync_id = sync_values.sync_id
  ),
  readable as materialized (
    select
      i.*,
      case
        when i.date_text is null then 'the date is missing'
        when i.settlement_date is null then 'not a date of the form ' || sync_values.date_format
        when i.difficulty_text is null then 'the difficulty is missing'
        when i.written_as is null then 'the difficulty is not a number'
        when i.written_as in ('NaN', 'Infinity', '-Infinity') then 'the difficulty is not finite'
        when i.written_as <= 0 then 'the difficulty is not positive'
      end as fault
    from items i
  ),
  notations as materialized (
    select v.difficulty, scale(trim_scale(v.difficulty)) as decimals
    from (
      select r.written_as from readable r where r.fault is null
      union
      select d.difficulty from recon.network_difficulties d
    ) v (difficulty)
  ),
  epochs as materialized (
    select distinct on (coarse.difficulty) coarse.difficulty as written_as, fine.difficulty
    from notations fine
    join (select distinct n.decimals from notations n) c on c.decimals <= fine.decimals
    join notations coarse
      on coarse.difficulty = round(fine.difficulty, c.decimals)
      and abs(fine.difficulty - coarse.difficulty) < coarse.difficulty * 1e-9
    order by coarse.difficulty, fine.decimals desc, fine.difficulty desc
  ),
  disputed as (
    select r.settlement_date, count(distinct e.difficulty) as difficulties
    from readable r
    join epochs e on e.written_as = r.written_as
    where r.fault is null
    group by r.settlement_date
    having count(distinct e.difficulty) > 1
  ),
  readings as materialized (
    select
      r.*,
      e.difficulty,
      coalesce(
        r.fault, 'items of this date disagree: ' || d.difficulties || ' values'
      ) as refusal
    from readable r
    left join epochs e on r.fault is null and e.written_as = r.written_as
    left join disputed d on r.fault is null and d.settlement_date = r.settlement_date
  )
  select
    r.item_id, r.date_text, r.difficulty_text, r.settlement_date, r.difficulty, r.written_as, r.refusal
  from readings r
  union all
  select
    null, k.settlement_date::text, k.difficulty::text, k.settlement_date, e.difficulty, k.difficulty, null
  from recon.network_difficulties k
  join epochs e on e.written_as = k.difficulty and e.difficulty <> k.difficulty
  where not exists (
    select from readings r where r.settlement_date = k.settlement_date and r.refusal is null
  )
$$;

comment on function recon.sync_values(bigint, text) is
  'The items of a sync as read: date, difficulty in the most precise notation known of that '
  'value, the number as written, and why the item is refused (null where it is not). Then the '
  'stored difficulties that are to be written in a more precise notation, without item_id.';
