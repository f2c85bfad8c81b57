create or replace function recon.parse_moment(moment_text text)
returns timestamptz
language plpgsql immutable
set search_path = pg_catalog, pg_temp
set row_security = off
set timezone = 'UTC'
as $$
begin
  if moment_text ~ (
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?'
    ' ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?$'
  ) then
    return moment_text::timestamptz;
  end if;
  return null;
exception
  when datetime_field_overflow or invalid_datetime_format
    or invalid_time_zone_displacement_value
  then
    return null;
end
$$;

comment on function recon.parse_moment(text) is
  'The moment that an ISO 8601 timestamp stands for, UTC where it names no zone; null where it '
  'stands for none.';
