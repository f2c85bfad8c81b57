-- The code that was there before comes back with the next deploy, with its views of months and
-- years.
do $$
declare
  v_table text;
begin
  if obj_description('public.bitcoin_daily_summaries'::regclass) like '%Created by recon-kit.' then
    drop table public.bitcoin_daily_summaries;
    create table public.bitcoin_daily_summaries (
      summary_date date not null,
      miner_model text not null,
      bitcoin_mined numeric not null,
      calculations integer not null,
      updated_at timestamptz not null default now(),
      constraint bitcoin_daily_summaries_pkey primary key (summary_date, miner_model),
      constraint miner_model_is_known
        foreign key (miner_model) references recon.miner_models (miner_model),
      constraint bitcoin_mined_is_finite_and_not_negative
        check (bitcoin_mined >= 0 and bitcoin_mined < 'Infinity'),
      constraint calculations_is_positive check (calculations > 0),
      constraint summary_date_is_finite check (isfinite(summary_date))
    );
    insert into public.bitcoin_daily_summaries (
      summary_date, miner_model, bitcoin_mined, calculations
    )
    select s.summary_date, s.miner_model, s.bitcoin_mined, s.calculations
    from recon.daily_sums s;
    comment on table public.bitcoin_daily_summaries is
      'Sum of historical_bitcoin_calculations per day and miner model. Created by recon-kit.';
    comment on column public.bitcoin_daily_summaries.summary_date is 'Settlement date.';
    comment on column public.bitcoin_daily_summaries.miner_model is
      'A model of recon.miner_models.';
    comment on column public.bitcoin_daily_summaries.bitcoin_mined is 'BTC.';
    comment on column public.bitcoin_daily_summaries.calculations is 'Rows summed.';
    comment on column public.bitcoin_daily_summaries.updated_at is 'When the sum last changed.';
  end if;

  foreach v_table in array array['bitcoin_monthly_summaries', 'bitcoin_yearly_summaries'] loop
    if obj_description(to_regclass('public.' || v_table)) like '%Created by recon-kit.' then
      execute format('drop table public.%I', v_table);
    end if;
  end loop;
end
$$;

comment on table recon.summary_changes is
  'A row per statement that changed bitcoin_daily_summaries since the monthly and yearly views '
  'were refreshed; empty when they are up to date.';

drop materialized view if exists recon.monthly_sums, recon.yearly_sums;
drop view if exists recon.monthly_sums_def, recon.yearly_sums_def;
drop view if exists recon.published_tables;
drop function if exists recon.summary_findings(date, date);
drop function if exists recon.published_differences(text, recon.published_sum[], text, text);
drop function if exists recon.publish_day(date);
drop function if exists recon.publish(text, recon.published_sum[], text, text);
drop type recon.published_sum;
drop table recon.daily_sums;
