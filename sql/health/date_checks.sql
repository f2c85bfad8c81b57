create or replace view recon.date_checks as
select
  'dates' as subject,
  case when u.counts is null then 'ok' else 'warning' end as outcome,
  coalesce(
    u.counts || format(
      ': without a date, or outside %s to %s, they belong to no day',
      recon.clamp_date('-infinity'),
      recon.clamp_date('infinity')
    ),
    'every record belongs to a day'
  ) as finding,
  case
    when u.counts is not null
      then 'correct or delete them: select * from curtailment_records '
        'where not recon.has_day(settlement_date)'
  end as next_step
from (
  select
    string_agg(
      format('%s %s', u.undated_rows, replace(u.finding, '_', ' ')), ', ' order by u.finding desc
    ) as counts
  from recon.undated_rows() u
  where u.undated_rows > 0
) u;

comment on view recon.date_checks is
  'Whether every record, calculation and daily summary belongs to a day (recon.undated_rows).';
comment on column recon.date_checks.subject is 'What was looked at.';
comment on column recon.date_checks.outcome is 'ok or warning.';
comment on column recon.date_checks.finding is 'What was found.';
comment on column recon.date_checks.next_step is 'What to do about it; null where it is ok.';
