create or replace view recon.proposed_difficulties as
select
  w.settlement_date,
  w.difficulty as stored,
  w.problem,
  e.difficulty,
  e.height,
  e.began_at,
  e.source
from (
  select s.settlement_date, s.difficulty, s.kind as problem
  from recon.suspect_difficulties s
  where not s.is_accepted
  union all
  select m.settlement_date, null as difficulty, m.reason
  from recon.missing_difficulties m
) w
join recon.epochs_of_days(null, null) e
  on e.settlement_date = w.settlement_date
  and e.is_at_midnight
where not exists (
  select
  from recon.difficulty_decisions x
  where x.settlement_date = w.settlement_date
    and x.verdict = 'rejected'
    and recon.is_same_difficulty(x.difficulty, e.difficulty)
);

comment on view recon.proposed_difficulties is
  'The difficulty that the table of retargets has for dates whose stored one is suspect, and for '
  'dates with curtailed energy that have none: the one in force at 00:00 UTC, unless a person '
  'rejected it.';
comment on column recon.proposed_difficulties.settlement_date is 'The date.';
comment on column recon.proposed_difficulties.stored is 'What is stored; null where nothing is.';
comment on column recon.proposed_difficulties.problem is
  'The kind of the suspicion, or why there is none.';
comment on column recon.proposed_difficulties.difficulty is 'What is proposed.';
comment on column recon.proposed_difficulties.height is 'First block of its epoch.';
comment on column recon.proposed_difficulties.began_at is 'Time of that block.';
comment on column recon.proposed_difficulties.source is 'Where the retarget is from.';
