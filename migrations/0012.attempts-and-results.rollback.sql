alter table recon.run_days
  drop column setbacks,
  drop column source_rows;
alter table recon.settings drop column batch_time;
