create or replace function recon.refuse_write(
  settlement_date date,
  difference text
)
returns void
language plpgsql stable
as $$
begin
  raise exception 'what was written for % is not what is stored: %; what interferes: %',
    refuse_write.settlement_date,
    refuse_write.difference,
    coalesce(
      recon.interferences('public.historical_bitcoin_calculations'), 'unknown'
    )
    using errcode = 'data_exception',
      hint = 'Drop what interferes, or keep it from the kit''s writes; then '
        || format('select recon.retry_day(%L);', refuse_write.settlement_date);
end
$$;

comment on function recon.refuse_write(date, text) is
  'Error 22000: a write of this date did not stick. Names the triggers, rules and columns that may '
  'be why.';
