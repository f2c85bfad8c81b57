create or replace function recon.announce_suspects(sync_id bigint)
returns void
language sql volatile
as $$
  insert into recon.events (happened_at, kind, severity, message, details)
  select
    clock_timestamp(),
    'difficulty_suspect',
    case when min(t.difficulty_policy) = 'strict' then 'critical' else 'warning' end,
    format(
      '%s from %s suspect (policy %s), the first %s: %s.',
      case when count(*) = 1 then '1 difficulty' else count(*) || ' difficulties' end,
      min(d.source),
      min(t.difficulty_policy),
      min(s.settlement_date),
      (array_agg(s.explanation order by s.settlement_date))[1]
    ),
    jsonb_build_object(
      'sync_id', announce_suspects.sync_id,
      'dates', count(*),
      'from_date', min(s.settlement_date),
      'to_date', max(s.settlement_date)
    )
  from (
    select min(d.settlement_date), max(d.settlement_date)
    from recon.network_difficulties d
    where d.sync_id = announce_suspects.sync_id
  ) c (from_date, to_date)
  cross join lateral recon.neighbourhood(c.from_date, c.to_date) n
  cross join lateral recon.suspects_between(n.first_date, n.last_date) s
  join recon.network_difficulties d using (settlement_date)
  cross join recon.settings t
  where c.from_date is not null
    and d.sync_id = announce_suspects.sync_id
    and not s.is_accepted
  having count(*) > 0
$$;

comment on function recon.announce_suspects(bigint) is
  'One event for the suspect difficulties among those that a sync has changed.';
