-- Nothing is learned from what is suspect, nor before 2014, when any whole number was a target.
create or replace function recon.learn_targets(sync_id bigint)
returns void
language sql volatile
as $$
  insert into recon.retargets (nbits, difficulty, source)
  select distinct on (t.nbits) t.nbits, round(t.exact, 6), 'sync'
  from (
    select min(d.settlement_date), max(d.settlement_date)
    from recon.network_difficulties d
    where d.sync_id = learn_targets.sync_id
  ) c (from_date, to_date)
  join recon.network_difficulties d on d.settlement_date between c.from_date and c.to_date
  cross join lateral recon.nearest_target(d.difficulty) t
  where d.sync_id = learn_targets.sync_id
    and d.settlement_date >= '2014-01-01'
    and t.is_exact
    and not exists (select from recon.retargets r where r.nbits = t.nbits)
    and not exists (
      select
      from recon.neighbourhood(c.from_date, c.to_date) n
      cross join lateral recon.suspects_between(n.first_date, n.last_date) s
      where s.settlement_date = d.settlement_date
    )
  on conflict do nothing
$$;

comment on function recon.learn_targets(bigint) is
  'Notes the targets that a sync has brought and the table of retargets does not have, without '
  'height and hour: a file may give them later.';
