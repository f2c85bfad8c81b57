-- What is found on a day depends on the days around it, so their open findings are looked at again.
create or replace function recon.days_to_judge(
  changed date[],
  from_date date,
  to_date date,
  force boolean
)
returns table (settlement_date date)
language sql stable
as $$
  select d.settlement_date
  from recon.source_days d
  where d.inspected_at is null
    or d.settlement_date in (
      select u.settlement_date + n.step
      from unnest(days_to_judge.changed) u (settlement_date)
      cross join (values (-1), (1)) n (step)
    )
    or days_to_judge.force
      and d.settlement_date >= coalesce(days_to_judge.from_date, '-infinity')
      and d.settlement_date <= coalesce(days_to_judge.to_date, 'infinity')
    or cardinality(days_to_judge.changed) > 0
      and d.settlement_date in (
        select f.settlement_date from recon.source_findings f where f.cleared_at is null
      )
$$;

comment on function recon.days_to_judge(date[], date, date, boolean) is
  'The dates for the rules: those that were read and not judged since, the neighbours of changed '
  'ones, and where any has changed those with findings; with force all of the range.';
