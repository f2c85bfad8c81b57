create or replace function recon.plain_amount(amount numeric, largest numeric)
returns numeric
language sql immutable parallel safe
as $$
  select case
    when abs(amount) > largest or amount = 'NaN' then null
    when scale(amount) > 30 then round(amount, 30)
    else amount
  end
$$;

comment on function recon.plain_amount(numeric, numeric) is
  'An amount to no more than 30 decimals; null where it is no number, or beyond the largest.';
