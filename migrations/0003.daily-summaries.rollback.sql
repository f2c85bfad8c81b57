drop table recon.summary_changes;

do $$
begin
  if obj_description(to_regclass('public.bitcoin_daily_summaries'))
    like '%Created by recon-kit.'
  then
    drop table public.bitcoin_daily_summaries;
  end if;
end
$$;
