create or replace view recon.load_history as
select
  l.load_id,
  l.file_name,
  l.loaded_at,
  l.loaded_by,
  l.loaded_rows,
  l.skipped_rows,
  d.curtailed_mwh,
  d.first_date,
  d.last_date,
  d.dates,
  d.replaced_dates,
  case
    when l.unloaded_at is not null then 'unloaded'
    when d.replaced_dates = 0 then 'loaded'
    when d.replaced_dates = d.dates then 'replaced'
    else 'partly replaced'
  end as state,
  l.unloaded_at,
  l.unloaded_by
from recon.loads l
cross join lateral (
  select
    sum(d.curtailed_mwh) as curtailed_mwh,
    min(d.settlement_date) as first_date,
    max(d.settlement_date) as last_date,
    count(*) as dates,
    count(d.replaced_by) as replaced_dates
  from recon.loaded_days d
  where d.load_id = l.load_id
) d;

comment on view recon.load_history is 'A row per file of records that was loaded, as it stands.';
comment on column recon.load_history.load_id is 'Number of the load; recon.unload takes it.';
comment on column recon.load_history.file_name is 'Name of the file.';
comment on column recon.load_history.loaded_at is 'When.';
comment on column recon.load_history.loaded_by is 'The role that loaded it.';
comment on column recon.load_history.loaded_rows is 'Rows that went into curtailment_records.';
comment on column recon.load_history.skipped_rows is 'Bad lines that were left out.';
comment on column recon.load_history.curtailed_mwh is
  'Energy of its rows, MWh; null for loads of an earlier version.';
comment on column recon.load_history.first_date is 'First settlement date of its rows.';
comment on column recon.load_history.last_date is 'Last settlement date of its rows.';
comment on column recon.load_history.dates is 'Settlement dates that it has rows of.';
comment on column recon.load_history.replaced_dates is
  'Those of them whose records another load took the place of.';
comment on column recon.load_history.state is
  'loaded, partly replaced, replaced, or unloaded: its rows were taken away again.';
comment on column recon.load_history.unloaded_at is 'When they were taken away.';
comment on column recon.load_history.unloaded_by is 'The role that took them away.';
