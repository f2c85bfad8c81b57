create or replace function recon.target_difficulty(nbits text)
returns numeric
language sql immutable parallel safe
as $$
  select round(65535.0 * 256.0 ^ (29 - ('x' || left(nbits, 2))::bit(8)::integer)::numeric, 20)
    / nullif(('x' || right(nbits, 6))::bit(24)::integer, 0)::numeric
$$;

comment on function recon.target_difficulty(text) is
  'The difficulty that a target stands for, given as nBits: 65535 x 256^k / its 24 bits.';
