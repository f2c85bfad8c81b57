create or replace function recon.month_range(
  year_month text,
  out from_date date,
  out to_date date
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if year_month is null then
    from_date := date_trunc('month', recon.today() - 1);
    to_date := date_trunc('month', recon.today()) + interval '1 month - 1 day';
  elsif year_month ~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])$' then
    from_date := (year_month || '-01')::date;
    to_date := from_date + interval '1 month - 1 day';
  else
    raise exception 'year_month is %', quote_literal(year_month)
      using errcode = 'invalid_parameter_value', hint = 'Write a month as 2025-03.';
  end if;
end
$$;

comment on function recon.month_range(text) is
  'First and last date of a month, such as 2025-03. Null is the current month, and on its first '
  'day the previous one too. Error 22023 for what is no month.';
