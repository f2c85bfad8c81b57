create or replace function recon.is_number(number_text text)
returns boolean
language sql immutable parallel safe
as $$
  select length(number_text) <= 100
    and number_text ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$'
$$;

comment on function recon.is_number(text) is
  'Whether a text is a finite number as SQL writes it, of no more than 100 characters.';
