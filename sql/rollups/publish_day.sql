-- Each day of a run comes here: what is planned once a session looks, and writes the models that a
-- day has none of yet; the rest is left to what is planned for the table as it is.
create or replace function recon.publish_day(settlement_date date)
returns void
language plpgsql volatile
as $$
declare
  v_is_there boolean;
  v_scale integer;
begin
  select case
    when a.atttypid = 'numeric'::regtype and a.atttypmod >= 0
      then (((a.atttypmod - 4) & 2047) # 1024) - 1024
  end
  into v_scale
  from pg_attribute a
  where a.attrelid = to_regclass('public.bitcoin_daily_summaries')
    and a.attname = 'bitcoin_mined';
  v_is_there := found;

  for v_attempt in 1..2 loop
    if not v_is_there or not exists (
      select
      from (
        select s.miner_model, coalesce(round(s.bitcoin_mined, v_scale), s.bitcoin_mined) as btc
        from recon.daily_sums s
        where s.summary_date = publish_day.settlement_date
      ) s
      full join (
        select b.miner_model::text, min(b.bitcoin_mined) as btc, count(*) as copies
        from public.bitcoin_daily_summaries b
        where b.summary_date = publish_day.settlement_date
        group by 1
      ) b using (miner_model)
      where s.btc is distinct from b.btc
        or b.copies <> 1
    ) then
      return;
    end if;

    exit when v_attempt = 2 or exists (
      select from recon.published_tables t
      where t.table_name = 'bitcoin_daily_summaries' and not t.dates_itself
    );
    insert into public.bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)
    select s.summary_date, s.miner_model, s.bitcoin_mined
    from recon.daily_sums s
    where s.summary_date = publish_day.settlement_date
      and not exists (
        select
        from public.bitcoin_daily_summaries b
        where b.summary_date = s.summary_date
          and b.miner_model = s.miner_model
      )
    on conflict do nothing;
  end loop;

  perform recon.publish(
    'bitcoin_daily_summaries',
    array(
      select (s.summary_date, s.miner_model, s.bitcoin_mined)::recon.published_sum
      from recon.daily_sums s
      where s.summary_date = publish_day.settlement_date
    ),
    publish_day.settlement_date::text,
    publish_day.settlement_date::text
  );
end
$$;

comment on function recon.publish_day(date) is
  'Brings bitcoin_daily_summaries of a date in line with recon.daily_sums, as recon.publish does.';
