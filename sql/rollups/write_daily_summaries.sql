-- Whether the sums of a day are those that are kept is asked here of one day, in recon.is_right and
-- the two of findings of each day of the scan that they make: a function between would be called
-- once a day. test_every_copy_of_the_sums_of_a_day_says_the_same compares the four.
create or replace function recon.write_daily_summaries(
  settlement_date date,
  sums recon.model_sum[],
  miner_models text[],
  out calculations integer,
  out fingerprint numeric
)
language plpgsql volatile
as $$
declare
  v_sums recon.model_sum[] := coalesce(
    write_daily_summaries.sums, recon.sum_day(write_daily_summaries.settlement_date)
  );
begin
  if exists (
    select
    from unnest(v_sums) s
    full join (
      select b.miner_model, b.bitcoin_mined, b.calculations
      from recon.daily_sums b
      where b.summary_date = write_daily_summaries.settlement_date
        and coalesce(b.miner_model = any (write_daily_summaries.miner_models), true)
    ) b using (miner_model)
    where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
  ) then
    delete from recon.daily_sums b
    where b.summary_date = write_daily_summaries.settlement_date
      and coalesce(b.miner_model = any (write_daily_summaries.miner_models), true)
      and not exists (
        select from unnest(v_sums) s where s.miner_model = b.miner_model
      );

    insert into recon.daily_sums as b (summary_date, miner_model, bitcoin_mined, calculations)
    select
      write_daily_summaries.settlement_date,
      s.miner_model,
      s.bitcoin_mined,
      s.calculations
    from unnest(v_sums) s
    on conflict (summary_date, miner_model) do update
    set bitcoin_mined = excluded.bitcoin_mined,
      calculations = excluded.calculations
    where (b.bitcoin_mined, b.calculations)
      is distinct from (excluded.bitcoin_mined, excluded.calculations);
  end if;

  -- With the first day that is reconciled the kit begins to publish months and years.
  insert into recon.summary_changes (changed_at)
  select pg_catalog.now()
  where not exists (select from recon.days);

  perform recon.publish_day(write_daily_summaries.settlement_date);

  select coalesce(sum(s.calculations), 0), coalesce(sum(s.fingerprint), 0)
  into calculations, fingerprint
  from unnest(v_sums) s;
end
$$;

comment on function recon.write_daily_summaries(date, recon.model_sum[], text[]) is
  'Brings the daily sums of a date and of these models (null = all) in line with these sums (null '
  '= those of what is stored), and bitcoin_daily_summaries with all of the date, touching none '
  'that is right; returns the number of calculations summed up and the sum of their hashes.';
