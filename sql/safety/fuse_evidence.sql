-- Days that were never reconciled cannot blow it, so a first backfill never does. Comparing is
-- costly, so it is done only where the pending days hold enough to matter, and on a sample of them.
create or replace function recon.fuse_evidence(from_date date, to_date date, force boolean)
returns text
language sql stable
as $$
  with
  before as (
    select coalesce(sum(d.calculations), 0) as calculations, count(*) as days
    from recon.days d
    where d.calculations > 0
  ),
  confirmed as (
    select exists (
      select from recon.runs c
      where c.confirmed_at is not null
        and not exists (
          select from recon.runs r
          where r.run_id > c.run_id
            and r.outcome in ('complete', 'incomplete')
        )
    ) as is_confirmed
  ),
  affected as materialized (
    select d.settlement_date, d.calculations
    from recon.days d
    where d.calculations > 0
      and d.outcome <> 'skipped'
      and d.settlement_date in (
        select p.settlement_date from recon.pending_days p
        union
        select p.settlement_date
        from recon.plannable_days(fuse_evidence.from_date, fuse_evidence.to_date, true) p
        where force
      )
  ),
  sample as materialized (
    select a.settlement_date, a.calculations
    from affected a
    cross join recon.settings s
    cross join before b
    where (select sum(a.calculations) from affected a) > s.fuse_share * b.calculations
      and (select count(*) from affected a) >= s.fuse_days
      and not (select c.is_confirmed from confirmed c)
    order by hashint4extended(a.settlement_date - date '2000-01-01', 0)
    limit (select s.fuse_sample_days from recon.settings s)
  ),
  damage as (
    select
      count(*) as days,
      sum(m.calculations) as calculations,
      count(*) filter (where g.stale + g.wrong + g.orphan > 0) as damaged_days,
      sum(g.stale) as stale,
      sum(g.wrong) as wrong,
      sum(g.orphan) as orphan
    from sample m
    cross join lateral (
      select
        count(*) filter (where g.kind = 'stale') as stale,
        count(*) filter (where g.kind = 'wrong') as wrong,
        count(*) filter (where g.kind = 'orphan') as orphan
      from recon.day_gaps(m.settlement_date) g
    ) g
  ),
  estimate as (
    select
      d.*,
      (d.stale + d.wrong + d.orphan) / d.calculations
        * (select sum(a.calculations) from affected a) as cells,
      d.damaged_days * (select count(*) from affected a)::numeric / d.days as all_damaged_days
    from damage d
    where d.days > 0
  )
  select format(
    'about %s of %s reconciled calculations (%s %%), on about %s of %s days, would be changed or '
      'deleted; of %s days compared, %s would lose or change %s: %s stale, %s wrong, %s orphan',
    round(e.cells),
    b.calculations,
    round(100 * e.cells / b.calculations),
    round(e.all_damaged_days),
    b.days,
    e.days,
    e.damaged_days,
    e.stale + e.wrong + e.orphan,
    e.stale,
    e.wrong,
    e.orphan
  )
  from estimate e
  cross join before b
  cross join recon.settings s
  where e.cells > s.fuse_share * b.calculations
    and e.all_damaged_days >= s.fuse_days
$$;

comment on function recon.fuse_evidence(date, date, boolean) is
  'What a run over this range would destroy, in a sentence, where that is more than '
  'settings.fuse_share of all reconciled calculations on settings.fuse_days or more; else null. '
  'Null too where a stopped run was confirmed and no run has ended since.';
