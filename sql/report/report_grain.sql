create or replace function recon.report_grain(from_date date, to_date date)
returns text
language sql stable
as $$
  select case
    when max(d.settlement_date) - min(d.settlement_date) < 100 then 'day'
    when max(d.settlement_date) - min(d.settlement_date) < 750 then 'week'
    else 'month'
  end
  from recon.days d
  where d.settlement_date >= coalesce(report_grain.from_date, '-infinity')
    and d.settlement_date <= coalesce(report_grain.to_date, 'infinity')
$$;

comment on function recon.report_grain(date, date) is
  'What a figure over time is summed by, so that there are about a hundred of them: day, week or '
  'month.';
