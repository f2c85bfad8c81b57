create or replace function recon.parse_number(number_text text)
returns numeric
language sql immutable parallel safe
as $$
  select case
    when length(number_text) > 100
      then null
    when number_text ~ '^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$'
      then replace(number_text, ',', '')::numeric
    when recon.is_number(number_text)
      or number_text ~* '^([+-]?inf(inity)?|nan)$'
      then number_text::numeric
  end
$$;

comment on function recon.parse_number(text) is
  'The number that a text stands for, with or without commas between thousands; null where it '
  'stands for none, or is of more than 100 characters. NaN and Infinity are numbers here.';
