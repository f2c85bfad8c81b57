create or replace function recon.require_order(order_by text)
returns boolean
language sql immutable
as $$
  select recon.require_word('order_by', order_by, '{usual,recent,oldest,largest}')
$$;

comment on function recon.require_order(text) is
  'True, or error 22023 where order_by is none of the orders in which a run can do its days.';
