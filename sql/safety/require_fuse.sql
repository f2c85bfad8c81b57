create or replace function recon.require_fuse(
  settlement_date date,
  gaps recon.gap[],
  run_id bigint
)
returns void
language plpgsql volatile
as $$
declare
  v_planned recon.damage;
  v_calculations integer := (
    select d.calculations
    from recon.days d
    where d.settlement_date = require_fuse.settlement_date
  );
  v_before bigint;
  v_counted record;
begin
  select
    require_fuse.settlement_date,
    count(*) filter (where g.kind = 'stale'),
    count(*) filter (where g.kind = 'wrong'),
    count(*) filter (where g.kind = 'orphan')
  into v_planned
  from unnest(require_fuse.gaps) g;

  if coalesce(v_calculations, 0) = 0
    or v_planned.stale + v_planned.wrong + v_planned.orphan = 0
  then
    return;
  end if;

  select c.done, c.since, c.cells, c.days, s.fuse_share, s.fuse_days
  into v_counted
  from recon.settings s
  cross join lateral recon.count_damage(array[v_planned], 1) c
  where s.fuse_share < 1;
  v_before := (
    select r.calculations_before from recon.runs r where r.run_id = require_fuse.run_id
  );

  if v_counted.cells > v_counted.fuse_share * v_before
    and v_counted.days >= v_counted.fuse_days
  then
    raise exception
      '% of % reconciled calculations were changed or deleted since %, and % would lose or change '
      '% more: % stale, % wrong, % orphan',
      round(v_counted.done),
      v_before,
      to_char(v_counted.since, 'YYYY-MM-DD HH24:MI'),
      require_fuse.settlement_date,
      v_planned.stale + v_planned.wrong + v_planned.orphan,
      v_planned.stale,
      v_planned.wrong,
      v_planned.orphan
      using errcode = 'RK002',
        hint = 'To see all of it, and then confirm it: call recon.reconcile(force => true);';
  end if;

  update recon.run_days d
  set calculations_before = coalesce(d.calculations_before, v_calculations),
    damaged_at = clock_timestamp()
  where d.run_id = require_fuse.run_id
    and d.settlement_date = require_fuse.settlement_date;
end
$$;

comment on function recon.require_fuse(date, recon.gap[], bigint) is
  'To be asked before these gaps of a date are written: error RK002 where that would pass the '
  'limit of the fuse. What it lets pass is counted from then on.';
