-- Where all of the day is right now, it is recorded as such. Else what was recorded stands, but for
-- these cells, so that a verification by fingerprints still finds what else is off.
create or replace function recon.repair_part(
  settlement_date date,
  settlement_period integer,
  farm_id text,
  run_id bigint
)
returns recon.gap[]
language plpgsql volatile
as $$
declare
  v_found record;
  v_gaps recon.gap[];
  v_done record;
  v_stored record;
begin
  select c.source_fingerprint, c.gaps, c.is_held
  into v_found
  from recon.compare_day(repair_part.settlement_date, false) c;
  v_gaps := array(
    select g
    from unnest(v_found.gaps) g
    where g.settlement_period = repair_part.settlement_period
      and g.farm_id = coalesce(repair_part.farm_id, g.farm_id)
  );

  perform set_config('recon.own_write', 'on', true);
  select c.missing, c.stale, c.wrong, c.orphan
  into v_done
  from recon.repair_cells(repair_part.settlement_date, v_gaps, repair_part.run_id) c;
  update recon.run_days d
  set missing = d.missing + v_done.missing,
    stale = d.stale + v_done.stale,
    wrong = d.wrong + v_done.wrong,
    orphan = d.orphan + v_done.orphan
  where d.run_id = repair_part.run_id
    and d.settlement_date = repair_part.settlement_date;

  select s.calculations, s.fingerprint
  into v_stored
  from recon.write_daily_summaries(repair_part.settlement_date, null, null) s;
  perform set_config('recon.own_write', 'off', true);

  if cardinality(v_gaps) = cardinality(v_found.gaps) and not v_found.is_held then
    update recon.days d
    set calculations = v_stored.calculations,
      derived_fingerprint = v_stored.fingerprint,
      source_fingerprint = v_found.source_fingerprint
        + recon.rates_fingerprint(repair_part.settlement_date, null)
    where d.settlement_date = repair_part.settlement_date;
  else
    update recon.days d
    set calculations = v_stored.calculations,
      derived_fingerprint = d.derived_fingerprint + recon.gaps_fingerprint(v_gaps)
    where d.settlement_date = repair_part.settlement_date;
  end if;
  return v_gaps;
end
$$;

comment on function recon.repair_part(date, integer, text, bigint) is
  'Repairs one half hour of a date, or one farm of it (null = all), and sums the day up. Returns '
  'the gaps that were found there.';
