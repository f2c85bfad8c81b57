create or replace function recon.parse_date(date_text text, date_format text)
returns date
language plpgsql immutable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_date date;
begin
  v_date := to_date(date_text, date_format);
  if to_char(v_date, date_format) = date_text then
    return v_date;
  end if;
  return null;
exception
  when datetime_field_overflow or invalid_datetime_format then
    return null;
end
$$;

comment on function recon.parse_date(text, text) is
  'The date that a text stands for in a format of to_char, such as YYYY-MM-DD; null where it '
  'stands for none, as 2025-02-30 does.';
