-- depends: 0009.storage
-- A summary of an infinite date is of no day. A table that the kit did not make is left as it is.

do $$
begin
  if obj_description('public.bitcoin_daily_summaries'::regclass) like '%Created by recon-kit.' then
    alter table public.bitcoin_daily_summaries
      drop constraint if exists summary_date_is_finite;
    alter table public.bitcoin_daily_summaries
      add constraint summary_date_is_finite check (isfinite(summary_date));
  end if;
end
$$;
