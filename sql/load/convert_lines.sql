create or replace function recon.convert_lines(
  load_id bigint, is_megawatts boolean, lacks_payments boolean
)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  update recon.staged_records s
  set (volume, payment, fault) = (
    select
      coalesce(trim_scale(n.mwh)::text, s.volume),
      case
        when convert_lines.lacks_payments then coalesce(trim_scale(n.mwh * n.price)::text, '0')
        else s.payment
      end,
      case
        when s.fault is not null then s.fault
        when convert_lines.lacks_payments and coalesce(s.final_price, s.original_price) is null
          then 'there is no price to reckon the payment from'
        when convert_lines.is_megawatts and abs(n.mwh) > recon.largest_volume()
          then format(
            'volume %s is beyond %s MW', s.volume, to_char(2 * recon.largest_volume(), 'FM999,999')
          )
      end
    from (
      select
        case when recon.is_number(s.volume) then s.volume::numeric end
          * case when convert_lines.is_megawatts then numeric '0.5' else numeric '1' end,
        case
          when recon.is_number(coalesce(s.final_price, s.original_price))
            then coalesce(s.final_price, s.original_price)::numeric
        end
    ) n (mwh, price)
  )
  where s.load_id = convert_lines.load_id
$$;

comment on function recon.convert_lines(bigint, boolean, boolean) is
  'Makes records of the staged lines of a file that has others: its volumes are megawatts over the '
  'half hour, of which half are the MWh; it has no payments, and each is volume x price (GBP, by '
  'the final price, else the original one).';
