drop table recon.staged_totals;
drop table recon.source_totals;
drop table recon.source_faulty_days;
update recon.settings set source_hole_periods = 2 where source_hole_periods = 1;
alter table recon.settings alter column source_hole_periods set default 2;
comment on column recon.source_findings.settlement_date is 'Settlement date.';
alter table recon.source_findings
  drop column last_date,
  drop column faulty_days;
alter table recon.source_farms
  drop column lead_party_name,
  drop column largest_row_mwh;
alter table recon.source_periods
  drop column zero_rows,
  drop column so_rows,
  drop column cadl_rows,
  drop column repeated_fine_rows,
  drop column farm_set;
alter table recon.source_days
  drop column holes,
  drop column zero_rows,
  drop column so_rows,
  drop column cadl_rows,
  drop column repeated_fine_rows,
  drop column revised_from_mwh,
  drop column fingerprint_before;
