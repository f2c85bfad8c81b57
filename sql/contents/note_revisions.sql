create or replace function recon.note_revisions(changed date[])
returns void
language sql volatile
as $$
  update recon.source_days d
  set fingerprint_before = d.fingerprint,
    revised_from_mwh = case when k.keeps_keys then d.curtailed_mwh end
  from (
    select
      o.settlement_date,
      bool_and(n.settlement_date is not null) and count(*) = max(c.periods) as keeps_keys
    from recon.source_periods o
    left join (
      select
        r.settlement_date,
        r.settlement_period,
        sum(hashtextextended(r.farm_id, bigint '0')) as farm_set
      from (
        select distinct r.settlement_date, r.settlement_period, r.farm_id
        from public.curtailment_records r
        where r.settlement_date = any (note_revisions.changed)
      ) r
      group by r.settlement_date, r.settlement_period
    ) n
      on (n.settlement_date, n.settlement_period, n.farm_set)
        = (o.settlement_date, o.settlement_period, o.farm_set)
    cross join lateral (
      select count(distinct r.settlement_period) as periods
      from public.curtailment_records r
      where r.settlement_date = o.settlement_date
    ) c
    where o.settlement_date = any (note_revisions.changed)
    group by o.settlement_date
  ) k
  where d.settlement_date = k.settlement_date
$$;

comment on function recon.note_revisions(date[]) is
  'Keeps what is known of changed dates that were read before: their fingerprint, and where the '
  'same farms have rows in the same half hours, their energy.';
