create or replace function recon.neighbourhood(from_date date, to_date date)
returns table (first_date date, last_date date)
language sql stable rows 1
as $$
  select
    least(neighbourhood.from_date, (
      select min(b.settlement_date)
      from (
        select d.settlement_date
        from recon.network_difficulties d
        where d.settlement_date < neighbourhood.from_date
        order by d.settlement_date desc
        limit 60
      ) b
    )),
    greatest(neighbourhood.to_date, (
      select max(a.settlement_date)
      from (
        select d.settlement_date
        from recon.network_difficulties d
        where d.settlement_date > neighbourhood.to_date
        order by d.settlement_date
        limit 60
      ) a
    ))
$$;

comment on function recon.neighbourhood(date, date) is
  'A range of dates with the 60 stored difficulties before and after it, some four epochs: what '
  'new values are judged among.';
