do $$
begin
  if obj_description('public.bitcoin_daily_summaries'::regclass) like '%Created by recon-kit.' then
    alter table public.bitcoin_daily_summaries drop constraint if exists summary_date_is_finite;
  end if;
end
$$;
