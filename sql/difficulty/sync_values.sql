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
  dates as materialized (
    select t.date_text, recon.parse_date(t.date_text, sync_values.date_format) as settlement_date
    from (
      select distinct i.date_text from recon.sync_items i where i.sync_id = sync_values.sync_id
    ) t
  ),
  items as materialized (
    select
      i.item_no,
      i.item_id,
      i.date_text,
      i.difficulty_text,
      d.settlement_date,
      recon.parse_number(i.difficulty_text) as written_as
    from recon.sync_items i
    left join dates d on d.date_text = i.date_text
    where i.sync_id = sync_values.sync_id
  ),
  readable as materialized (
    select
      i.*,
      case
        when i.date_text is null then 'the date is missing'
        when i.settlement_date is null then 'not a date of the form ' || sync_values.date_format
        when not isfinite(i.settlement_date) then 'not a date in time'
        when i.difficulty_text is null then 'the difficulty is missing'
        when i.written_as is null then 'the difficulty is not a number'
        when i.written_as in ('NaN', 'Infinity', '-Infinity') then 'the difficulty is not finite'
        when i.written_as <= 0 then 'the difficulty is not positive'
      end as fault
    from items i
  ),
  notations as (
    select r.written_as as difficulty from readable r where r.fault is null
    union
    select d.difficulty from recon.network_difficulties d
  ),
  epochs as materialized (
    select distinct on (coarse.difficulty)
      coarse.difficulty as written_as,
      fine.difficulty
    from notations coarse
    join notations fine
      on round(fine.difficulty) = round(coarse.difficulty)
      and scale(trim_scale(fine.difficulty)) >= scale(trim_scale(coarse.difficulty))
      and round(fine.difficulty, scale(trim_scale(coarse.difficulty))) = coarse.difficulty
      and abs(fine.difficulty - coarse.difficulty) < coarse.difficulty * 1e-9
    order by coarse.difficulty, scale(trim_scale(fine.difficulty)) desc, fine.difficulty desc
  ),
  disputed as (
    select r.settlement_date, count(distinct e.difficulty) as readings
    from readable r
    join epochs e on e.written_as = r.written_as
    where r.fault is null
    group by r.settlement_date
    having count(distinct e.difficulty) > 1
  )
  select
    r.item_id,
    r.date_text,
    r.difficulty_text,
    r.settlement_date,
    e.difficulty,
    r.written_as,
    coalesce(r.fault, d.readings || ' items of this date disagree')
  from readable r
  left join epochs e on r.fault is null and e.written_as = r.written_as
  left join disputed d on r.fault is null and d.settlement_date = r.settlement_date
  order by r.item_no
$$;

comment on function recon.sync_values(bigint, text) is
  'The items of a sync as read: date, difficulty in the most precise notation known of that '
  'value, the number as written, and why the item is refused (null where it is not).';
