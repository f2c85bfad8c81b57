-- Whoever comes here holds the lock of difficulties, from before what is judged was written: two
-- values, neither of them suspect without the other, are judged together by the later writer.
create or replace function recon.withhold_difficulties()
returns void
language plpgsql volatile
as $$
begin
  if not exists (select from recon.settings t where t.difficulty_policy = 'strict')
    and not exists (select from recon.withheld_difficulties)
  then
    return;
  end if;

  with
  suspects as materialized (
    select s.settlement_date, s.kind
    from recon.suspect_difficulties s
    cross join recon.settings t
    where t.difficulty_policy = 'strict'
      and not s.is_accepted
  ),
  released as (
    delete from recon.withheld_difficulties w
    where not exists (select from suspects s where s.settlement_date = w.settlement_date)
    returning w.settlement_date
  ),
  withheld as (
    insert into recon.withheld_difficulties as w (settlement_date, kind)
    select s.settlement_date, s.kind
    from suspects s
    on conflict on constraint withheld_difficulties_pkey do update
    set kind = excluded.kind
    where w.kind <> excluded.kind
    returning w.settlement_date
  )
  insert into recon.changes (settlement_date, reason, changed_at)
  select d.settlement_date, 'difficulty', pg_catalog.now()
  from (
    select r.settlement_date from released r
    union all
    select w.settlement_date from withheld w
  ) d;
end
$$;

comment on function recon.withhold_difficulties() is
  'Brings recon.withheld_difficulties in line with the policy, the stored difficulties and the '
  'decisions about them; the dates that it adds or takes away become pending.';
