-- What was changed on a date counts once, however often: a difficulty corrected three times is no
-- more damage than the day has calculations. What was deleted counts each time, and so does all
-- that happens after a confirmation on the dates that it covers. It takes away what it showed: so
-- many cells of each kind, on the dates that were affected then, since the run was stopped.
create or replace function recon.count_damage(
  planned recon.damage[],
  factor numeric,
  out since timestamptz,
  out done numeric,
  out cells numeric,
  out days numeric
)
language plpgsql stable
as $$
begin
  with
  bounds as materialized (
    select
      greatest(clock_timestamp() - s.fuse_window, c.stopped_at) as since,
      coalesce(c.stopped_stale, 0) as stale,
      coalesce(c.stopped_wrong, 0) as wrong,
      coalesce(c.stopped_orphan, 0) as orphan,
      coalesce(c.stopped_dates, '{}') as dates
    from recon.settings s
    left join lateral (
      select r.stopped_at, r.stopped_stale, r.stopped_wrong, r.stopped_orphan, r.stopped_dates
      from recon.runs r
      where r.confirmed_at > clock_timestamp() - s.fuse_window
        and r.stopped_at is not null
      order by r.confirmed_at desc
      limit 1
    ) c on true
  ),
  written as (
    select
      d.settlement_date,
      sum(d.stale) as stale,
      sum(d.wrong) as wrong,
      sum(d.orphan) as orphan,
      max(d.calculations_before) as limit_of_day
    from recon.run_days d
    cross join bounds b
    where d.damaged_at > b.since
    group by d.settlement_date
  ),
  added as (
    select p.settlement_date, p.stale, p.wrong, p.orphan, d.calculations
    from unnest(count_damage.planned) p
    join recon.days d on d.settlement_date = p.settlement_date
  ),
  both_of_day as (
    select
      settlement_date,
      a.settlement_date is not null as is_planned,
      w.settlement_date is not null as is_written,
      greatest(w.limit_of_day, a.calculations)::numeric as limit_of_day,
      coalesce(w.stale, 0) as stale,
      coalesce(w.wrong, 0) as wrong,
      coalesce(w.orphan, 0) as orphan,
      coalesce(w.stale, 0) + coalesce(a.stale, 0) as all_stale,
      coalesce(w.wrong, 0) + coalesce(a.wrong, 0) as all_wrong,
      coalesce(w.orphan, 0) + coalesce(a.orphan, 0) as all_orphan
    from written w
    full join added a using (settlement_date)
  ),
  shares as (
    select
      d.*,
      least(1, l.most / nullif(d.stale + d.wrong, 0)) as written_share,
      least(1, l.most / nullif(d.all_stale + d.all_wrong, 0)) as all_share
    from both_of_day d
    cross join bounds b
    cross join lateral (
      select case when not b.dates @> d.settlement_date then d.limit_of_day end as most
    ) l
  ),
  damage as (
    select
      s.settlement_date,
      s.is_written,
      s.is_planned and s.all_stale + s.all_wrong + s.all_orphan > 0 as is_planned,
      (s.stale + s.wrong) * s.written_share + s.orphan as done,
      k.kind,
      k.written + count_damage.factor * greatest(k.in_all - k.written, 0) as cells
    from shares s
    cross join lateral (
      values
        ('stale', s.stale * s.written_share, s.all_stale * s.all_share),
        ('wrong', s.wrong * s.written_share, s.all_wrong * s.all_share),
        ('orphan', s.orphan, s.all_orphan)
    ) k (kind, written, in_all)
  ),
  kinds as (
    select
      d.kind,
      sum(d.cells) filter (where b.dates @> d.settlement_date) as shown_dates,
      sum(d.cells) filter (where not b.dates @> d.settlement_date) as other_dates
    from damage d
    cross join bounds b
    group by d.kind
  )
  select
    b.since,
    (select coalesce(sum(d.done), 0) from damage d where d.kind = 'stale'),
    (
      select coalesce(sum(
        coalesce(k.other_dates, 0) + greatest(
          coalesce(k.shown_dates, 0)
            - case k.kind when 'stale' then b.stale when 'wrong' then b.wrong else b.orphan end,
          0
        )
      ), 0)
      from kinds k
    ),
    (
      select
        count(*) filter (where d.is_written)
          + count_damage.factor * count(*) filter (where d.is_planned and not d.is_written)
      from damage d
      where d.kind = 'stale'
    )
  into since, done, cells, days
  from bounds b;
end
$$;

comment on function recon.count_damage(recon.damage[], numeric) is
  'What counts for the fuse, with so many times this planned damage: since when, calculations '
  'changed or deleted since then, these and the planned ones beyond what was confirmed, and on how '
  'many days.';
