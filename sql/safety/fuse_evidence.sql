-- Days that were never reconciled cannot blow it, so a first backfill never does. Comparing is
-- costly, so it is done only where these days hold enough to matter, and on a sample of them.
create or replace function recon.fuse_evidence(
  dates date[],
  out is_blown boolean,
  out reason text,
  out stale numeric,
  out wrong numeric,
  out orphan numeric,
  out affected datemultirange
)
language plpgsql stable
as $$
begin
  with
  before as (
    select coalesce(sum(d.calculations), 0) as calculations, count(*) as days
    from recon.days d
    where d.calculations > 0
  ),
  days as materialized (
    select d.settlement_date, d.calculations
    from recon.days d
    where d.calculations > 0
      and d.outcome <> 'skipped'
      and d.settlement_date = any (fuse_evidence.dates)
  ),
  written as materialized (
    select w.done, w.days from recon.count_damage('{}', 1) w
  ),
  sample as materialized (
    select a.settlement_date, a.calculations
    from days a
    cross join recon.settings s
    cross join before b
    cross join written w
    where s.fuse_share < 1
      and (select sum(a.calculations) from days a) + w.done > s.fuse_share * b.calculations
      and (select count(*) from days a) + w.days >= s.fuse_days
    order by hashint4extended(a.settlement_date - date '2000-01-01', 0)
    limit (select s.fuse_sample_days from recon.settings s)
  ),
  compared as materialized (
    select m.settlement_date, m.calculations, g.stale, g.wrong, g.orphan
    from sample m
    cross join lateral (
      select
        count(*) filter (where g.kind = 'stale') as stale,
        count(*) filter (where g.kind = 'wrong') as wrong,
        count(*) filter (where g.kind = 'orphan') as orphan
      from recon.compare_day(m.settlement_date, false) c
      cross join unnest(c.gaps) g
    ) g
  ),
  damage as (
    select
      count(*) as days,
      (select sum(a.calculations) from days a)::numeric / sum(c.calculations) as factor,
      count(*) filter (where c.stale + c.wrong + c.orphan > 0) as damaged_days,
      sum(c.stale) as stale,
      sum(c.wrong) as wrong,
      sum(c.orphan) as orphan,
      array_agg(
        (c.settlement_date, c.stale, c.wrong, c.orphan)::recon.damage
      ) filter (where c.stale + c.wrong + c.orphan > 0) as planned
    from compared c
  )
  select
    d.stale + d.wrong + d.orphan > 0
      and w.cells > s.fuse_share * b.calculations
      and w.days >= s.fuse_days,
    format(
      'about %s of %s reconciled calculations (%s %%), on about %s of %s days, would be changed or '
        'deleted; of %s days compared, %s would lose or change %s: %s stale, %s wrong, %s orphan',
      round((d.stale + d.wrong + d.orphan) * d.factor),
      b.calculations,
      round(100 * (d.stale + d.wrong + d.orphan) * d.factor / b.calculations),
      round(d.damaged_days * (select count(*) from days a)::numeric / d.days),
      b.days,
      d.days,
      d.damaged_days,
      d.stale + d.wrong + d.orphan,
      d.stale,
      d.wrong,
      d.orphan
    ) || case
      when w.done > 0
        then format(
          '; %s were since %s', round(w.done), to_char(w.since, 'YYYY-MM-DD HH24:MI')
        )
      else ''
    end,
    d.stale * d.factor,
    d.wrong * d.factor,
    d.orphan * d.factor,
    (select range_agg(daterange(a.settlement_date, a.settlement_date, '[]')) from days a)
  into is_blown, reason, stale, wrong, orphan, affected
  from damage d
  cross join before b
  cross join recon.settings s
  cross join lateral recon.count_damage(d.planned, d.factor) w
  where d.days > 0;
end
$$;

comment on function recon.fuse_evidence(date[]) is
  'What reconciling these dates would destroy, in a sentence and as estimated by kind, and whether '
  'that and what was destroyed lately is more than settings.fuse_share of all reconciled '
  'calculations on settings.fuse_days or more. Null where too few are affected to look.';
