create or replace view recon.storage_readings as
select
  'storage' as name,
  round(z.ours / greatest(z.theirs, 1e9), 2) as value,
  format(
    'what the kit keeps takes %s, most of it %s',
    pg_size_pretty(z.ours), coalesce(z.largest, 'nothing')
  ) collate "default" as finding,
  case
    when to_regnamespace('recon_legacy') is not null
      then 'recon-kit adopt --confirm, once nobody wants the adoption undone; recon-kit '
        'prune-history'
    else 'recon-kit prune-history, or a shorter recon.settings.keep_history'
  end as next_step
from (
  select
    coalesce(sum(s.bytes) filter (where s.is_ours), 0) as ours,
    coalesce(sum(s.bytes) filter (where not s.is_ours), 0) as theirs,
    (array_agg(s.name order by s.bytes desc) filter (where s.is_ours))[1] as largest
  from (
    select
      n.nspname <> 'public' as is_ours,
      format('%I.%I', n.nspname, c.relname) as name,
      pg_total_relation_size(c.oid)::numeric as bytes
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm')
      and (
        n.nspname in ('recon', 'recon_legacy')
        or n.nspname = 'public'
        and c.relname in ('curtailment_records', 'historical_bitcoin_calculations')
      )
  ) s
) z;

comment on view recon.storage_readings is
  'What recon.alerts compares with its limits: the size of what the kit keeps (history, ignored '
  'writes, recon_legacy) beside that of the records and calculations, of which 1 GB is assumed at '
  'least.';
comment on column recon.storage_readings.name is 'The alert.';
comment on column recon.storage_readings.value is 'Times that size.';
comment on column recon.storage_readings.finding is 'The same in words.';
comment on column recon.storage_readings.next_step is 'What to do about it.';
