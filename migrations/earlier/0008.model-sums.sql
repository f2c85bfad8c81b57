-- depends: 0007.loads
-- squawk-ignore-file ban-drop-view, ban-drop-function
-- A day is summed up from the rows as they are written, and no longer read back; its source is
-- hashed by the record. What is dropped here is code: the deploy puts its successors in place.

create type recon.model_sum as (
  miner_model text,
  bitcoin_mined numeric,
  calculations bigint,
  fingerprint numeric
);

comment on type recon.model_sum is
  'Stored calculations of a date and miner model, summed: BTC, rows, and the sum of their hashes.';

drop view if exists recon.curtailed_energy cascade;
drop function if exists recon.energy_hash(integer, text, numeric);
drop function if exists recon.insert_cells(date);
drop function if exists recon.repair_cells(date, integer, text, bigint);
drop function if exists recon.sum_day(date);
drop function if exists recon.day_findings(date, text);

-- The fingerprints kept so far are of another making: every day is looked at again.
insert into recon.changes (settlement_date, reason)
select '-infinity', 'installed'
where exists (select from recon.days);
