create or replace view recon.missing_difficulties as
select
  s.settlement_date,
  recon.lack_of_difficulty(s.settlement_date) as reason,
  (
    select sum(case when r.volume between -1e15 and 1e15 then abs(r.volume) else 'NaN' end)
    from public.curtailment_records r
    where r.settlement_date = s.settlement_date
  ) as curtailed_mwh,
  recon.next_step(
    recon.difficulty_code(s.settlement_date), s.settlement_date, s.settlement_date
  ) as next_step,
  recon.difficulty_code(s.settlement_date) as reason_code
from recon.settlement_dates(null, null) s
left join recon.network_difficulties n using (settlement_date)
where n.settlement_date is null
  and exists (
    select from public.curtailment_records r
    where r.settlement_date = s.settlement_date
      and r.volume <> 0
  );

comment on view recon.missing_difficulties is
  'Dates with curtailed energy and no difficulty: nothing can be worked out for them.';
comment on column recon.missing_difficulties.settlement_date is 'Settlement date.';
comment on column recon.missing_difficulties.reason is
  'no difficulty, or why the last one offered was refused.';
comment on column recon.missing_difficulties.curtailed_mwh is 'MWh; NaN where a volume is.';
comment on column recon.missing_difficulties.next_step is
  'What helps: propose where the table of retargets has its epoch, sync only where nothing was '
  'refused yet.';
comment on column recon.missing_difficulties.reason_code is 'A code of recon.difficulty_code.';
