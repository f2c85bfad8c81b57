create or replace function recon.announce_tampering(
  dates date[],
  findings text[],
  cells bigint[],
  unnoted boolean[]
)
returns void
language sql volatile
as $$
  with
  tampering as (
    select t.settlement_date, t.finding, t.cells
    from unnest(dates, findings, cells, unnoted) t (settlement_date, finding, cells, is_unnoted)
    where t.is_unnoted
  ),
  kinds as (
    select t.finding, count(*) as days, sum(t.cells) as cells
    from tampering t
    group by t.finding
  ),
  range as (
    select
      count(distinct t.settlement_date) as days,
      min(t.settlement_date) as from_date,
      max(t.settlement_date) as to_date
    from tampering t
  )
  insert into recon.events (happened_at, kind, severity, settlement_date, message, details)
  select
    clock_timestamp(),
    'tampering_seen',
    'critical',
    case when r.days = 1 then r.from_date end,
    format(
      'Changed past the triggers: %s on %s. It is pending.',
      (
        select string_agg(coalesce(k.cells || ' ' || k.finding, k.finding), ', ' order by k.finding)
        from kinds k
      ),
      case
        when r.days = 1 then r.from_date::text
        else format('%s days, %s to %s', r.days, r.from_date, r.to_date)
      end
    ),
    jsonb_build_object(
      'days', r.days,
      'from_date', r.from_date,
      'to_date', r.to_date,
      'findings', (
        select jsonb_agg(
          jsonb_build_object('finding', k.finding, 'days', k.days, 'cells', k.cells)
          order by k.finding
        )
        from kinds k
      )
    )
  from range r
  where r.days > 0
$$;

comment on function recon.announce_tampering(date[], text[], bigint[], boolean[]) is
  'One event for what a verification has found off on dates that counted as right.';
