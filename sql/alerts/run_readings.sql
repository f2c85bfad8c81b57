-- Before the first run its age is that of the installation, which left a change of every date.
create or replace view recon.run_readings as
with
succeeded as (
  select r.run_id, greatest(r.started_at, r.finished_at) as since
  from recon.runs r
  cross join lateral (
    select count(*) as days
    from (
      select
      from recon.run_days d
      where d.run_id = r.run_id
        and r.outcome = 'incomplete'
        and (d.outcome is null or d.outcome = 'failed')
      limit 1
    ) d
  ) undone
  where r.run_id > (select max(l.run_id) - 1000 from recon.runs l)
    and r.outcome in ('complete', 'incomplete')
    and undone.days = 0
  order by r.run_id desc
  limit 1
),
history as (
  select
    min(r.run_id) is null as is_empty,
    min(r.run_id) > max(r.run_id) - 1000 as is_short,
    (select f.started_at from recon.runs f order by f.run_id limit 1) as begun_at,
    (
      select c.changed_at
      from recon.changes c
      where c.settlement_date = '-infinity'
      order by c.change_id
      limit 1
    ) as installed_at
  from recon.runs r
),
verification as (
  select max(d.verified_at) as at, min(d.reconciled_at) as first_reconciled_at
  from recon.days d
  where d.outcome = 'reconciled'
),
known as (
  select
    'last_run' as name,
    coalesce(
      s.since,
      case when h.is_empty then h.installed_at when h.is_short then h.begun_at end,
      '-infinity'
    ) as since,
    case
      when s.run_id is not null
        then format(
          'run %s succeeded on %s',
          s.run_id,
          to_char(s.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
        )
      when h.is_empty then 'there is no run yet'
      when h.is_short then 'no run has succeeded yet'
      else 'none of the last 1000 runs has succeeded'
    end as finding,
    case
      when t.paused_reason is null then 'recon-kit reconcile'
      else 'recon-kit unpause'
    end as next_step
  from history h
  cross join recon.settings t
  left join succeeded s on true
  union all
  select
    'last_verification' as name,
    coalesce(v.at, v.first_reconciled_at) as since,
    case
      when v.at is not null
        then to_char(
          v.at at time zone 'UTC', '"a day was last verified on" YYYY-MM-DD HH24:MI "UTC"'
        )
      when v.first_reconciled_at is not null then 'no day was ever verified'
      else 'there is no day to verify'
    end as finding,
    'recon-kit scrub' as next_step
  from verification v
)
select
  k.name,
  case
    when k.since is null then 0
    when k.since = '-infinity' then 'Infinity'
    else greatest(round(extract(epoch from pg_catalog.now() - k.since)), 0)
  end as value,
  k.finding,
  k.next_step
from known k;

comment on view recon.run_readings is
  'What recon.alerts compares with its limits: the time since a run ended that left no day undone '
  'or failed, and since a day was verified, cell by cell.';
comment on column recon.run_readings.name is 'The alert.';
comment on column recon.run_readings.value is
  'Seconds; where it never happened, since the first run or day, or the installation; Infinity '
  'after 1000 runs without success, or where nothing is known.';
comment on column recon.run_readings.finding is 'The same in words.';
comment on column recon.run_readings.next_step is 'What to do about it.';
