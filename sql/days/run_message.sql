create or replace function recon.run_message(run_id bigint)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set enable_seqscan = off
as $$
  select format(
    '%s of %s days done%s. Cells: %s missing inserted, %s stale and %s wrong updated, '
      '%s orphans deleted.%s',
    h.planned_days - h.left_days,
    h.planned_days,
    (
      select ': ' || string_agg(format('%s %s', w.days, w.result), ', ' order by w.position)
      from (
        values
          (1, h.fully_reconciled_days, 'fully_reconciled'),
          (2, h.fixed_days, 'fixed'),
          (3, h.partially_fixed_days, 'partially_fixed'),
          (4, h.blocked_days, 'blocked'),
          (5, h.failed_days, 'failed'),
          (6, h.no_data_days, 'no_data')
      ) w (position, days, result)
      where w.days > 0
    ),
    to_char(h.missing, 'FM999,999,999,990'),
    to_char(h.stale, 'FM999,999,999,990'),
    to_char(h.wrong, 'FM999,999,999,990'),
    to_char(h.orphan, 'FM999,999,999,990'),
    case
      when h.unnoticed > 0
        then format(' Changes can pass unnoticed (%s, see recon-kit doctor).', h.unnoticed)
    end
  )
  from recon.run_history h
  where h.run_id = run_message.run_id
$$;

comment on function recon.run_message(bigint) is
  'A run in a sentence or two: days by recon.day_results, cells by kind of gap, and whether '
  'changes could pass unnoticed at its end.';
