create or replace view recon.capture_readings as
select
  'capture_gaps' as name,
  count(*)::numeric as value,
  coalesce(
    'changes can pass unnoticed: ' || string_agg(g.table_name || ': ' || g.finding, '; '),
    'every change of every input is noticed'
  ) as finding,
  coalesce(min(g.next_step) filter (where g.place = 1), 'recon-kit doctor') as next_step
from recon.capture_gaps() with ordinality
  g (table_name, reason, finding, next_step, stops_runs, place);

comment on view recon.capture_readings is
  'What recon.alerts compares with its limits: the ways in which a change can pass unnoticed now.';
comment on column recon.capture_readings.name is 'The alert.';
comment on column recon.capture_readings.value is 'How many there are.';
comment on column recon.capture_readings.finding is 'The same in words.';
comment on column recon.capture_readings.next_step is 'What to do about it.';
