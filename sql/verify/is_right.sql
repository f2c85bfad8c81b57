create or replace function recon.is_right(settlement_date date)
returns boolean
language plpgsql stable parallel safe cost 100000
as $$
begin
  return (
    select cardinality(c.gaps) = 0 and not c.is_held and not exists (
      select
      from unnest(c.sums) s
      full join (
        select b.miner_model, b.bitcoin_mined, b.calculations
        from recon.daily_sums b
        where b.summary_date = is_right.settlement_date
      ) b using (miner_model)
      where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
    )
    from recon.compare_day(is_right.settlement_date, false) c
  );
end
$$;

comment on function recon.is_right(date) is
  'Whether every calculation that the source of a date asks for is stored, worked out from it '
  'again, and no other, and its daily summaries are their sums. Neither a blocked date nor one '
  'with invalid source is.';
