create or replace view recon.source_readings as
select
  'source_issues' as name,
  i.days::numeric as value,
  case
    when i.days = 0 then 'no open issue in the source'
    when i.days = 1 then format('open issues in the source of 1 day: %s', i.first_date)
    else format('open issues in the source of %s days, the first %s', i.days, i.first_date)
  end as finding,
  'recon-kit source-issues' as next_step
from (
  select
    count(distinct f.settlement_date) as days,
    to_char(min(f.settlement_date), 'YYYY-MM-DD') as first_date
  from recon.source_findings f
  where f.severity <> 'note'
    and f.cleared_at is null
    and f.acknowledged_at is null
) i;

comment on view recon.source_readings is
  'What recon.alerts compares with its limits: days with an issue of the source that is more than '
  'a note, and that nobody has acknowledged.';
comment on column recon.source_readings.name is 'The alert.';
comment on column recon.source_readings.value is 'Days.';
comment on column recon.source_readings.finding is 'The same in words.';
comment on column recon.source_readings.next_step is 'What to do about it.';
