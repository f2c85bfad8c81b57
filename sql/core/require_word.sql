create or replace function recon.require_word(argument text, word text, known text[])
returns boolean
language plpgsql immutable
as $$
begin
  if word = any (known) then
    return true;
  end if;
  raise exception '% is %, which is none of its words', argument, quote_nullable(word)
    using errcode = 'invalid_parameter_value',
      hint = format('Use one of: %s.', array_to_string(known, ', '));
end
$$;

comment on function recon.require_word(text, text, text[]) is
  'True, or error 22023 where an argument is none of the words it can be, which are named.';
