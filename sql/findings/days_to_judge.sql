-- What is found on a day depends on the days around it, so their open findings are looked at again;
-- what goes on for days is judged as a whole.
create or replace function recon.days_to_judge(
  changed date[],
  from_date date,
  to_date date,
  force boolean
)
returns table (settlement_date date)
language sql stable
as $$
  with
  wanted as materialized (
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
  ),
  stretches as (
    select f.settlement_date, coalesce(f.last_date, f.settlement_date) as last_date
    from recon.source_findings f
    cross join recon.settings s
    where f.cleared_at is null
      and (
        exists (
          select from wanted w
          where w.settlement_date >= f.settlement_date - 30
            and w.settlement_date <= coalesce(f.last_date, f.settlement_date) + 30
        )
        or exists (
          select from unnest(days_to_judge.changed) u (settlement_date)
          where u.settlement_date >= f.settlement_date - s.source_window_days
            and u.settlement_date <= coalesce(f.last_date, f.settlement_date) + 30
        )
        or f.subject in (
          select to_char(u.settlement_date, 'YYYY-MM-DD')
          from unnest(days_to_judge.changed) u (settlement_date)
        )
      )
  )
  select w.settlement_date from wanted w
  union
  select d.settlement_date
  from stretches x
  join recon.source_days d
    on d.settlement_date >= x.settlement_date
    and d.settlement_date <= x.last_date
$$;

comment on function recon.days_to_judge(date[], date, date, boolean) is
  'The dates for the rules: those that were read and not judged since, the neighbours of changed '
  'ones, and those with findings whose window reaches a changed one; with force all of the range.';
