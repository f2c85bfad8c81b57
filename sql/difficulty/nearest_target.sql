-- A target is a number of 24 bits, n, shifted by whole bytes, so a difficulty of the chain is
-- 65535 x 256^k / n. For any number exactly one k has n between 32768 and 8388608 (which is 32768
-- of the k before). The tolerance is what cutting or rounding to the decimals that are written can
-- change, and the last digit of a double.
create or replace function recon.nearest_target(difficulty numeric)
returns table (nbits text, exact numeric, is_exact boolean)
language sql immutable parallel safe rows 1
as $$
  select
    lpad(to_hex(29 - t.k), 2, '0') || lpad(to_hex(t.n), 6, '0'),
    x.exact,
    abs(nearest_target.difficulty - x.exact)
      < greatest(0.1 ^ t.decimals::numeric, 2.3e-16 * nearest_target.difficulty)
  from (
    select
      case when r.n = 8388608 then r.k - 1 else r.k end as k,
      case when r.n = 8388608 then 32768 else r.n end as n,
      r.decimals
    from (
      select
        s.k,
        s.decimals,
        least(
          greatest(round(65535.0 * 256.0 ^ s.k::numeric / s.near), 32768), 8388608
        )::integer as n
      from (
        select
          v.near,
          ceil(
            ln((v.near * 32768.0 / 65535.0)::double precision) / ln(256.0::double precision)
          )::integer as k,
          scale(trim_scale(nearest_target.difficulty)) as decimals
        from (
          select least(greatest(nearest_target.difficulty, 1), 1e60)
        ) v (near)
      ) s
    ) r
  ) t
  cross join lateral (
    select round(65535.0 * 256.0 ^ t.k::numeric, t.decimals + 10) / t.n::numeric
  ) x (exact)
$$;

comment on function recon.nearest_target(numeric) is
  'The target of 24 bits, as nBits, whose difficulty is nearest to a number, that difficulty, and '
  'whether the number is it, cut or rounded. An invented integer passes with a chance of 1e-5 in '
  '2016 and 3e-9 in 2025; below 1e9, before 2014, nearly any does, and it proves nothing.';
