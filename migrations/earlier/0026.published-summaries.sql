-- depends: 0025.jobs
-- squawk-ignore-file ban-drop-view, ban-drop-function
-- The kit keeps its sums in its own schema. What a platform reads are tables in its own shape, into
-- which they are published; the views of months and years move away from their names.

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

create type recon.published_sum as (key text, miner_model text, bitcoin_mined numeric);

comment on type recon.published_sum is
  'A summary as it is published: the date, month or year in words, the miner model, and BTC.';

comment on table recon.summary_changes is
  'A row per statement since which the sums of months and years, or the tables that they are '
  'published into, are out of date; empty when they are up to date.';

drop function if exists recon.summary_findings();
drop function if exists recon.take_over_summaries();
drop function if exists recon.sum_calculations();
drop view if exists recon.legacy_grants;
drop view if exists recon.summary_shapes cascade;

do $$
declare
  v_grants text[];
  v_statement text;
  v_table record;
begin
  if exists (
    select
    from pg_attribute a
    where a.attrelid = 'public.bitcoin_daily_summaries'::regclass
      and a.attname = 'calculations'
      and not a.attisdropped
  ) then
    insert into recon.daily_sums (summary_date, miner_model, bitcoin_mined, calculations)
    select b.summary_date, b.miner_model, b.bitcoin_mined, b.calculations
    from public.bitcoin_daily_summaries b
    where b.summary_date between '2009-01-03' and '2100-01-01';
  else
    insert into recon.daily_sums (summary_date, miner_model, bitcoin_mined, calculations)
    select h.settlement_date, h.miner_model, sum(h.bitcoin_mined), count(*)
    from public.historical_bitcoin_calculations h
    join recon.miner_models m on m.miner_model = h.miner_model
    where h.settlement_date between '2009-01-03' and '2100-01-01'
      and h.bitcoin_mined >= 0
      and h.bitcoin_mined < 'Infinity'
    group by h.settlement_date, h.miner_model;
  end if;

  -- Who could read the views of months and years can read the tables that take their names.
  v_grants := array(
    select format(
      'grant select on public.%I to %s',
      c.relname,
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end
    )
    from pg_class c
    cross join lateral aclexplode(c.relacl) g
    where c.relnamespace = 'public'::regnamespace
      and c.relname in ('bitcoin_monthly_summaries', 'bitcoin_yearly_summaries')
      and c.relkind = 'm'
      and g.privilege_type = 'SELECT'
      and g.grantee <> c.relowner
  );

  for v_table in
    select
      n.table_name,
      c.relkind = 'm' as is_view,
      c.relkind = 'm'
        or obj_description(c.oid, 'pg_class') like '%Created by recon-kit.' as is_kits,
      to_regclass('recon_legacy.' || n.table_name) is not null as is_kept
    from (
      values
        ('bitcoin_yearly_summaries'),
        ('bitcoin_monthly_summaries'),
        ('bitcoin_daily_summaries')
    ) n (table_name)
    left join pg_class c on c.oid = to_regclass('public.' || n.table_name)
  loop
    if v_table.is_view then
      execute format('drop materialized view public.%I', v_table.table_name);
      execute format('drop view recon.%I', v_table.table_name || '_def');
    elsif v_table.is_kits and v_table.is_kept then
      execute format('drop table public.%I', v_table.table_name);
    elsif v_table.is_kits then
      alter table public.bitcoin_daily_summaries
        drop column if exists calculations,
        drop constraint if exists miner_model_is_known;
    end if;
    -- An earlier version put its own in the place of the platform's, which comes back.
    if v_table.is_kits and v_table.is_kept then
      execute format('alter table recon_legacy.%I set schema public', v_table.table_name);
      execute format('create table recon_legacy.%1$I as table public.%1$I', v_table.table_name);
      insert into recon.changes (settlement_date, reason) values ('-infinity', 'verification');
    end if;
  end loop;

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

  foreach v_statement in array v_grants loop
    execute v_statement;
  end loop;
end
$$;

insert into recon.summary_changes (changed_at) select now() where exists (select from recon.days);
