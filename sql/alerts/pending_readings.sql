create or replace view recon.pending_readings as
select r.name, r.value, r.finding, r.next_step
from recon.backlog b
cross join recon.settings s
cross join lateral (
  select
    case
      when b.oldest_date is null then 'nothing is pending'
      when b.oldest_date = '-infinity' then 'every day is pending'
      when b.pending_days = 1 then '1 day is pending'
      else b.pending_days || ' days are pending'
    end as finding,
    round(b.pending_days::numeric / greatest(b.usual_days, 1), 1) as times
) p
cross join lateral (
  values
    (
      'oldest_pending',
      case
        when b.pending_since is null then 0
        else greatest(round(extract(epoch from pg_catalog.now() - b.pending_since)), 0)
      end,
      p.finding || case
        when b.pending_since is null then ''
        else to_char(b.pending_since at time zone 'UTC', '", since" YYYY-MM-DD HH24:MI "UTC"')
          || coalesce(
            '; the oldest change is to '
            || to_char(nullif(b.oldest_date, '-infinity'), 'YYYY-MM-DD'),
            ''
          )
      end,
      case
        when s.paused_reason is null then 'recon-kit reconcile'
        else 'recon-kit unpause'
      end
    ),
    (
      'backlog',
      case when b.runs >= 5 then p.times end,
      p.finding || case
        when b.runs >= 5 then format(', %s times the usual %s', p.times, b.usual_days)
        else '; what is usual shows after 5 runs with days to do'
      end,
      'recon-kit reconcile --dry-run'
    )
) r (name, value, finding, next_step);

comment on view recon.pending_readings is
  'What recon.alerts compares with its limits: age of the oldest pending change, and the days '
  'that are pending beside the usual number.';
comment on column recon.pending_readings.name is 'The alert.';
comment on column recon.pending_readings.value is 'Seconds, or times; null = not known yet.';
comment on column recon.pending_readings.finding is 'The same in words.';
comment on column recon.pending_readings.next_step is 'What to do about it.';
