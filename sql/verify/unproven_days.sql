create or replace function recon.unproven_days(from_date date, to_date date)
returns table (settlement_date date, finding text, cells bigint)
language sql stable
as $$
  select d.settlement_date, d.outcome, null::bigint
  from recon.days d
  where d.outcome in ('failed', 'skipped')
    and d.settlement_date between unproven_days.from_date and unproven_days.to_date
  union all
  select null, u.finding, u.undated_rows
  from recon.undated_rows() u
  where u.undated_rows > 0
$$;

comment on function recon.unproven_days(date, date) is
  'What no run repairs until a person has seen to it, and nothing proves: the days of a range that '
  'have failed or are skipped, and without a date whatever belongs to no day.';
