-- depends: 0002.inputs
-- Daily totals, kept in the transaction of the day. Months and years are materialized views of it.

do $$
begin
  if to_regclass('public.bitcoin_daily_summaries') is null then
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
      constraint calculations_is_positive check (calculations > 0)
    );

    comment on table public.bitcoin_daily_summaries is
      'Sum of historical_bitcoin_calculations per day and miner model. Created by recon-kit.';
    comment on column public.bitcoin_daily_summaries.summary_date is 'Settlement date.';
    comment on column public.bitcoin_daily_summaries.miner_model is
      'A model of recon.miner_models.';
    comment on column public.bitcoin_daily_summaries.bitcoin_mined is 'BTC.';
    comment on column public.bitcoin_daily_summaries.calculations is 'Rows summed.';
    comment on column public.bitcoin_daily_summaries.updated_at is 'When the sum last changed.';
  end if;
end
$$;

create table recon.summary_changes (
  change_id bigint generated always as identity,
  changed_at timestamptz not null default now(),
  constraint summary_changes_pkey primary key (change_id)
);

comment on table recon.summary_changes is
  'A row per statement that changed bitcoin_daily_summaries since the monthly and yearly views '
  'were refreshed; empty when they are up to date.';
comment on column recon.summary_changes.change_id is 'Row number; no order may be read into it.';
comment on column recon.summary_changes.changed_at is 'Start of the transaction that changed it.';
