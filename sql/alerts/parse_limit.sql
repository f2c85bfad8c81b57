create or replace function recon.parse_limit(limit_text text, unit text)
returns numeric
language plpgsql stable
as $$
declare
  v_limit numeric;
begin
  begin
    v_limit := case
      when parse_limit.unit = 'seconds'
        then trim_scale(extract(epoch from parse_limit.limit_text::interval))
      else parse_limit.limit_text::numeric
    end;
  exception when data_exception then
    v_limit := 'NaN';
  end;

  -- NaN is above Infinity.
  if v_limit <= 0 or v_limit >= 'Infinity' then
    raise exception 'limit is %', quote_literal(parse_limit.limit_text)
      using errcode = 'invalid_parameter_value',
        hint = case parse_limit.unit
          when 'seconds' then 'Use an interval of more than 0, such as 2 hours.'
          else 'Use a number of more than 0, such as 3.'
        end;
  end if;
  return v_limit;
end
$$;

comment on function recon.parse_limit(text, text) is
  'The number that a limit of an alert stands for: in seconds an interval, else a number; null '
  'for null. Error 22023 for what is none, or not above 0.';
