-- What is found on a day depends on the days around it, so open findings there are looked at again.
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
        select f.settlement_date
        from recon.source_faulty_days f
        cross join recon.settings s
        where f.subject in (
            select to_char(u.settlement_date, 'YYYY-MM-DD')
            from unnest(days_to_judge.changed) u (settlement_date)
          )
          or exists (
            select from unnest(days_to_judge.changed) u (settlement_date)
            where f.settlement_date >= u.settlement_date - 30
              and f.settlement_date <= u.settlement_date + s.source_window_days
          )
      )
$$;

comment on function recon.days_to_judge(date[], date, date, boolean) is
  'The dates for the rules: those that were read and not judged since, the neighbours of changed '
  'ones, and those with findings whose window reaches a changed one; with force all of the range.';
