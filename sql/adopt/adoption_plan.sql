-- Seconds are those of a small server with two cores.
create or replace function recon.adoption_plan()
returns table (
  state text,
  step text,
  table_name text,
  finding text,
  "rows" bigint,
  action text,
  lock_mode text,
  expected_seconds numeric
)
language plpgsql stable
as $$
#variable_conflict use_column
declare
  v_source regclass := to_regclass('public.curtailment_records');
  v_calculations regclass := to_regclass('public.historical_bitcoin_calculations');
  v_source_rows bigint := 0;
  v_odd_months bigint := 0;
  v_odd_years bigint := 0;
  v_calculation_rows bigint := 0;
  v_is_readable boolean := not exists (
    select from recon.adoption_obstacles o where o.blocks_deploy
  );
begin
  if v_is_readable then
    v_odd_months := recon.count_odd_keys(
      'bitcoin_monthly_summaries', 'year_month', '^[0-9]{4}-[0-9]{2}$'
    );
    v_odd_years := recon.count_odd_keys('bitcoin_yearly_summaries', 'year', '^[0-9]{4}$');
  end if;
  if v_is_readable and v_source is not null then
    v_source_rows := recon.count_rows(v_source);
  end if;
  if v_is_readable and v_calculations is not null then
    v_calculation_rows := recon.count_rows(v_calculations);
  end if;

  return query
  with
  unfit as (
    select u.reason, count(*) as n
    from recon.unfit_calculations() u
    where v_is_readable
      and v_calculations is not null
    group by u.reason
  ),
  lines as (
    select
      0 as position, 'obstacle' as state, 'by hand' as step, o.table_name, o.finding,
      null::bigint as n, o.next_step as action, null as lock_mode, null::numeric as seconds
    from recon.adoption_obstacles o
    union all
    select
      s.position, 'to do', s.step, s.table_name, s.finding,
      case
        when s.step = 'source index' then v_source_rows
        when s.table_name = 'historical_bitcoin_calculations' then v_calculation_rows
      end,
      s.action, s.lock_mode,
      case s.step
        when 'source index' then v_source_rows / 300000.0
        when 'deploy' then 3
        when 'calculation key' then v_calculation_rows / 300000.0
        when 'validation' then v_calculation_rows / 1000000.0
        else 0
      end
    from recon.adoption_steps s
    where s.kind <> 'rows'
      and s.finding is not null
    union all
    select
      s.position, 'to do', s.step, s.table_name,
      'has rows that the kit cannot keep: ' || u.reason, u.n,
      case
        when u.reason = 'unknown model'
          then s.action || '; new ones are refused until recon.miner_models has the model'
        else s.action
      end, s.lock_mode, u.n / 10000.0 + v_calculation_rows / 500000.0
    from recon.adoption_steps s
    cross join unfit u
    where s.kind = 'rows'
    union all
    select
      9, 'note', 'none', t.table_name,
      'has columns of its own, empty in rows that the kit adds: '
        || string_agg(t.column_name, ', ' order by t.position),
      null, 'leave them as they are', null, null
    from recon.table_columns t
    where t.schema_name = 'public'
      and t.table_name = 'historical_bitcoin_calculations'
      and t.column_name not in (
        'settlement_date',
        'settlement_period',
        'farm_id',
        'miner_model',
        'bitcoin_mined',
        'difficulty',
        'calculated_at'
      )
      and not t.has_default
      and to_regclass('recon.days') is null
    group by t.table_name
    union all
    select
      8, 'note', 'none', k.table_name,
      'has rows whose key is not written as ' || k.example, k.n,
      'the first run removes them, and recon_legacy keeps them', null, null
    from (
      values
        ('bitcoin_monthly_summaries', '2025-03', v_odd_months),
        ('bitcoin_yearly_summaries', '2025', v_odd_years)
    ) k (table_name, example, n)
    where k.n > 0
    union all
    select
      8, 'note', 'none', n.table_name, n.finding, null, n.action, null, null
    from recon.adoption_notes n
    where to_regclass('recon.days') is null
  )
  select
    l.state, l.step, l.table_name, l.finding, l.n, l.action, l.lock_mode, round(l.seconds, 1)
  from lines l
  order by l.position, l.finding;
end
$$;

comment on function recon.adoption_plan() is
  'What stands between the platform''s tables and the kit: obstacles, which a person must see to, '
  'and the steps of an adoption, in order, with rows counted now. Empty = nothing.';
