-- One finding per cause: a value that stays too long, or values of another time, are one, and so
-- is what comes late (or early) at one retarget after the other. Values without a target in a row
-- are one however many they are.
create or replace function recon.chain_findings(settlement_dates date[], difficulties numeric[])
returns table (
  settlement_date date,
  difficulty numeric,
  is_right boolean,
  kind text,
  explanation text,
  from_date date,
  to_date date
)
language sql stable security definer rows 100
set search_path = pg_catalog, pg_temp
set row_security = off
set enable_nestloop = off
set jit = off
as $$
  with
  judged as materialized (
    select
      d.settlement_date,
      d.difficulty,
      d.nearest,
      d.is_right,
      d.began_on,
      d.ended_on,
      d.expected,
      d.expected_height,
      case
        when not d.has_target and not d.is_right then 'false_form'
        when d.is_wrong then 'wrong_epoch'
      end as kind,
      case
        when d.ended_on < d.settlement_date then 'late'
        when d.began_on > d.settlement_date then 'early'
      end as direction,
      row_number() over (order by d.settlement_date) as place
    from recon.dated_difficulties(
      chain_findings.settlement_dates, chain_findings.difficulties
    ) d
  ),
  beginnings as (
    select
      j.*,
      j.kind is distinct from lag(j.kind) over by_date
        or j.direction is distinct from lag(j.direction) over by_date
        or case
          when j.kind = 'wrong_epoch' and j.direction is not null
            then j.settlement_date - lag(j.settlement_date) over by_date > 21
          else j.place - lag(j.place) over by_date > 1
        end as is_first
    from judged j
    where j.kind is not null
    window by_date as (order by j.settlement_date)
  ),
  numbered as (
    select b.*, count(*) filter (where b.is_first) over (order by b.settlement_date) as finding
    from beginnings b
  ),
  counted as (
    select n.finding, count(distinct n.difficulty) as numbers, count(*) as dates
    from numbered n
    group by n.finding
  ),
  findings as (
    select distinct on (n.finding)
      n.finding,
      n.settlement_date as from_date,
      case n.kind
        when 'false_form' then format(
          'no target of 24 bits gives %s; the nearest that does is %s',
          case c.numbers
            when 1 then 'this'
            else format(
              'these %s values, the first of them %s', c.numbers, trim_scale(n.difficulty)
            )
          end,
          round(n.nearest, 6)
        )
        else concat_ws(
          '; ',
          case when c.numbers > 1 then format('%s values on %s dates', c.numbers, c.dates) end,
          case n.direction
            when 'late' then format('%s ended on %s', trim_scale(n.difficulty), n.ended_on)
            when 'early' then format('%s begins on %s', trim_scale(n.difficulty), n.began_on)
            else format('%s is of no epoch', trim_scale(n.difficulty))
          end,
          format(
            case
              when n.expected_height is null then '%s has %s'
              else '%s has %s from height %s'
            end,
            n.settlement_date, n.expected, n.expected_height
          )
        )
      end as explanation
    from numbered n
    join counted c using (finding)
    order by n.finding, n.settlement_date
  )
  select
    j.settlement_date,
    j.difficulty,
    j.is_right,
    j.kind,
    f.explanation,
    f.from_date,
    max(n.settlement_date) over (partition by n.finding)
  from judged j
  left join numbered n using (settlement_date)
  left join findings f using (finding)
$$;

comment on function recon.chain_findings(date[], numeric[]) is
  'A series of difficulties, date by date: whether its date is proven right; false_form = no '
  'target of 24 bits gives it, wrong_epoch = it was not in force; with the words and the dates of '
  'the finding that it belongs to.';
