create or replace function recon.is_known(from_date date, to_date date)
returns boolean
language sql stable
as $$
  select exists (
    select from recon.settlement_dates(is_known.from_date, is_known.to_date)
  ) or exists (
    select
    from recon.changes c
    where c.settlement_date >= recon.clamp_date(coalesce(is_known.from_date, '-infinity'))
      and c.settlement_date <= coalesce(is_known.to_date, 'infinity')
  )
$$;

comment on function recon.is_known(date, date) is
  'Whether anything is stored of a date of the range, or pending for it.';
