-- The triggers come first, and with them a lock that waits for who is writing: what was committed
-- before is seen by the statements that follow, what comes after notes itself. Of a part that has
-- come the dates are in it. A part that has gone, or was there without its triggers, leaves none.
create or replace function recon.mend_capture()
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
as $$
declare
  v_statement text;
  v_part record;
begin
  if not exists (
    select from recon.trigger_gaps g where g.reason in ('partition', 'subscription')
  ) then
    return;
  end if;

  insert into recon.changes (settlement_date, reason, changed_at)
  select '-infinity', 'verification', pg_catalog.now()
  where exists (
    select from recon.trigger_gaps g
    where g.reason = 'subscription'
      or exists (select from recon.known_partitions k where k.relation_name = g.table_name)
  );

  for v_statement in select s from recon.capture_statements() s loop
    execute v_statement;
  end loop;

  for v_part in
    select w.relation_name, w.table_name, w.reason, w.column_name
    from recon.watched_tables w
    where not w.is_root
      and not exists (select from recon.changes c where c.settlement_date = '-infinity')
      and not exists (
        select from recon.known_partitions k
        where (k.relation_name, k.table_name) = (w.relation_name, w.table_name)
      )
  loop
    execute format(
      'insert into recon.changes (settlement_date, reason, changed_at)'
      ' select d.d, ''verification'', pg_catalog.now() from (select distinct %s from %s) d (d)'
      ' where recon.has_day(d.d) or d.d = ''-infinity''',
      case when v_part.column_name like '%\_date' then v_part.column_name
        else '''-infinity''::date' end,
      v_part.relation_name
    );
  end loop;
  perform recon.know_partitions();
end
$$;

comment on function recon.mend_capture() is
  'Puts triggers on partitions and children that have come, and those of rows where a subscription '
  'is found, and marks the dates that may have changed meanwhile. Takes no lock where there is '
  'nothing to do.';
