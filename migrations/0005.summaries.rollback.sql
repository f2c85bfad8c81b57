do $$
declare
  v_table text;
begin
  foreach v_table in array array[
    'bitcoin_yearly_summaries', 'bitcoin_monthly_summaries', 'bitcoin_daily_summaries'
  ] loop
    if obj_description(to_regclass('public.' || v_table)) like '%Created by recon-kit.' then
      execute format('drop table public.%I', v_table);
    end if;
  end loop;
end
$$;

drop type recon.published_sum;
drop table recon.summary_changes;
drop table recon.daily_sums;
drop type recon.model_sum;
