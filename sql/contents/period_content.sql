create or replace view recon.period_content as
select
  r.settlement_date,
  r.settlement_period,
  count(*)::integer as source_rows,
  count(*) filter (where r.copy_no > 1)::integer as repeated_rows,
  max(r.copy_no)::integer as most_copies,
  count(distinct r.farm_id)::integer as farms,
  coalesce(sum(abs(r.volume)), 0) as curtailed_mwh,
  coalesce(sum(r.volume), 0) as net_mwh,
  coalesce(sum(r.payment), 0) as payment_gbp,
  count(*) filter (where r.volume > 0)::integer as positive_rows,
  count(*) filter (where r.volume < 0)::integer as negative_rows,
  count(*) filter (where r.payment > 0)::integer as paid_rows,
  count(*) filter (where r.payment < 0)::integer as charged_rows,
  count(r.price)::integer as priced_rows,
  count(*) filter (where e.is_unequal)::integer as unequal_rows,
  coalesce(sum(abs(r.payment) - e.due) filter (where e.is_unequal), 0) as unequal_gbp,
  count(*) filter (where e.is_fine)::integer as fine_rows,
  sum(r.hash) as fingerprint,
  count(*) filter (where r.volume = 0)::integer as zero_rows,
  count(*) filter (where r.so_flag)::integer as so_rows,
  count(*) filter (where r.cadl_flag)::integer as cadl_rows,
  count(*) filter (where e.is_fine and r.copy_no > 1)::integer as repeated_fine_rows
from recon.inspected_records r
cross join recon.settings s
cross join lateral (
  select
    d.due,
    abs(abs(r.payment) - d.due)
      > greatest(0.02, s.source_payment_tolerance * d.due) as is_unequal,
    mod(r.volume, 0.1) <> 0 as is_fine
  from (values (abs(r.volume * r.price))) d (due)
) e
group by r.settlement_date, r.settlement_period;

comment on view recon.period_content is 'What the source holds of each date and period.';
comment on column recon.period_content.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.period_content.settlement_period is 'Half hour of the day, from 1.';
comment on column recon.period_content.source_rows is 'Rows in curtailment_records.';
comment on column recon.period_content.repeated_rows is
  'Rows equal to another in all columns, but for the first of each.';
comment on column recon.period_content.most_copies is 'How often the most repeated row is there.';
comment on column recon.period_content.farms is 'Farms with a row.';
comment on column recon.period_content.curtailed_mwh is 'MWh: magnitudes summed.';
comment on column recon.period_content.net_mwh is 'MWh: volumes summed with their signs.';
comment on column recon.period_content.payment_gbp is 'GBP, summed with their signs.';
comment on column recon.period_content.positive_rows is 'Rows with a volume above 0.';
comment on column recon.period_content.negative_rows is 'Rows with a volume below 0.';
comment on column recon.period_content.paid_rows is 'Rows with a payment above 0.';
comment on column recon.period_content.charged_rows is 'Rows with a payment below 0.';
comment on column recon.period_content.priced_rows is 'Rows with a price.';
comment on column recon.period_content.unequal_rows is
  'Rows whose payment differs from volume x price by more than settings.source_payment_tolerance.';
comment on column recon.period_content.unequal_gbp is
  'GBP by which the magnitudes of those payments differ from volume x price.';
comment on column recon.period_content.fine_rows is 'Rows whose volume is no multiple of 0.1 MWh.';
comment on column recon.period_content.fingerprint is 'Sum of the hashes of its rows.';
comment on column recon.period_content.zero_rows is 'Rows with a volume of 0.';
comment on column recon.period_content.so_rows is 'Rows with the SO flag.';
comment on column recon.period_content.cadl_rows is 'Rows with the CADL flag.';
comment on column recon.period_content.repeated_fine_rows is
  'Those of repeated_rows whose volume is no multiple of 0.1 MWh.';
