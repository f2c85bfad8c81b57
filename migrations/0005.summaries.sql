-- depends: 0004.runs
-- The kit keeps its sums in its own schema; months and years are materialized views of them. What
-- a platform reads are tables in its own shape, created only where they are absent, into which the
-- sums are published.

create type recon.model_sum as (
  miner_model text,
  bitcoin_mined numeric,
  calculations bigint,
  fingerprint numeric
);

comment on type recon.model_sum is
  'Stored calculations of a date and miner model, summed: BTC, rows, and the sum of their hashes.';

create table recon.daily_sums (
  summary_date date not null,
  miner_model text not null,
  bitcoin_mined numeric not null,
  calculations integer not null,
  constraint daily_sums_pkey primary key (summary_date, miner_model),
  constraint summary_date_is_a_day
    check (summary_date >= '2009-01-03' and summary_date <= '2100-01-01'),
  constraint bitcoin_mined_is_finite_and_not_negative
    check (bitcoin_mined >= 0 and bitcoin_mined < 'Infinity'),
  constraint calculations_is_positive check (calculations > 0)
);

comment on table recon.daily_sums is
  'Sum of historical_bitcoin_calculations per day and miner model, as of the day''s last '
  'reconciliation; before the first, of what was stored.';
comment on column recon.daily_sums.summary_date is 'Settlement date.';
comment on column recon.daily_sums.miner_model is 'Miner model.';
comment on column recon.daily_sums.bitcoin_mined is 'BTC.';
comment on column recon.daily_sums.calculations is 'Rows summed.';

-- What a platform has calculated before the kit came is summed as it stands.
insert into recon.daily_sums (summary_date, miner_model, bitcoin_mined, calculations)
select h.settlement_date, h.miner_model, sum(h.bitcoin_mined), count(*)
from public.historical_bitcoin_calculations h
join recon.miner_models m on m.miner_model = h.miner_model
where h.settlement_date between '2009-01-03' and '2100-01-01'
  and h.bitcoin_mined >= 0
  and h.bitcoin_mined < 'Infinity'
group by h.settlement_date, h.miner_model;

create table recon.summary_changes (
  change_id bigint generated always as identity,
  changed_at timestamptz not null default now(),
  constraint summary_changes_pkey primary key (change_id)
) with (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000
);

comment on table recon.summary_changes is
  'A row per statement since which the sums of months and years, or the tables that they are '
  'published into, are out of date; empty when they are up to date.';
comment on column recon.summary_changes.change_id is 'Row number; no order may be read into it.';
comment on column recon.summary_changes.changed_at is 'Start of the transaction that changed it.';

create type recon.published_sum as (key text, miner_model text, bitcoin_mined numeric);

comment on type recon.published_sum is
  'A summary as it is published: the date, month or year in words, the miner model, and BTC.';

do $$
begin
  if to_regclass('public.bitcoin_daily_summaries') is null then
    create table public.bitcoin_daily_summaries (
      summary_date date not null,
      miner_model text not null,
      bitcoin_mined numeric not null,
      updated_at timestamptz not null default now(),
      constraint bitcoin_daily_summaries_pkey primary key (summary_date, miner_model),
      constraint bitcoin_mined_is_finite_and_not_negative
        check (bitcoin_mined >= 0 and bitcoin_mined < 'Infinity'),
      constraint summary_date_is_finite check (isfinite(summary_date))
    );

    comment on table public.bitcoin_daily_summaries is
      'Sum of historical_bitcoin_calculations per day and miner model. Created by recon-kit.';
    comment on column public.bitcoin_daily_summaries.summary_date is 'Settlement date.';
    comment on column public.bitcoin_daily_summaries.miner_model is
      'A model of recon.miner_models.';
    comment on column public.bitcoin_daily_summaries.bitcoin_mined is 'BTC.';
    comment on column public.bitcoin_daily_summaries.updated_at is 'When the sum last changed.';
  end if;

  if to_regclass('public.bitcoin_monthly_summaries') is null then
    create table public.bitcoin_monthly_summaries (
      year_month text not null,
      miner_model text not null,
      bitcoin_mined numeric not null,
      updated_at timestamptz not null default now(),
      constraint bitcoin_monthly_summaries_pkey primary key (year_month, miner_model)
    );

    comment on table public.bitcoin_monthly_summaries is
      'Sum of bitcoin_daily_summaries per month and miner model, as of the end of the last run. '
      'Created by recon-kit.';
    comment on column public.bitcoin_monthly_summaries.year_month is 'Month, as 2025-03.';
    comment on column public.bitcoin_monthly_summaries.miner_model is 'Miner model.';
    comment on column public.bitcoin_monthly_summaries.bitcoin_mined is 'BTC.';
    comment on column public.bitcoin_monthly_summaries.updated_at is 'When the sum last changed.';

    insert into public.bitcoin_monthly_summaries (year_month, miner_model, bitcoin_mined)
    select to_char(s.summary_date, 'YYYY-MM'), s.miner_model, sum(s.bitcoin_mined)
    from recon.daily_sums s
    group by 1, 2;
  end if;

  if to_regclass('public.bitcoin_yearly_summaries') is null then
    create table public.bitcoin_yearly_summaries (
      year integer not null,
      miner_model text not null,
      bitcoin_mined numeric not null,
      updated_at timestamptz not null default now(),
      constraint bitcoin_yearly_summaries_pkey primary key (year, miner_model)
    );

    comment on table public.bitcoin_yearly_summaries is
      'Sum of bitcoin_daily_summaries per year and miner model, as of the end of the last run. '
      'Created by recon-kit.';
    comment on column public.bitcoin_yearly_summaries.year is 'Year, as 2025.';
    comment on column public.bitcoin_yearly_summaries.miner_model is 'Miner model.';
    comment on column public.bitcoin_yearly_summaries.bitcoin_mined is 'BTC.';
    comment on column public.bitcoin_yearly_summaries.updated_at is 'When the sum last changed.';

    insert into public.bitcoin_yearly_summaries (year, miner_model, bitcoin_mined)
    select extract(year from s.summary_date)::integer, s.miner_model, sum(s.bitcoin_mined)
    from recon.daily_sums s
    group by 1, 2;
  end if;
end
$$;
