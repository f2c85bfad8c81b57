create or replace function recon.sum_source(
  settlement_date date,
  out source_rows integer,
  out curtailed_mwh numeric,
  out invalid_keys integer,
  out fingerprint numeric
)
language plpgsql stable
as $$
begin
  select
    coalesce(sum(e.source_rows), 0),
    coalesce(sum(e.curtailed_mwh) filter (where e.is_valid), 0),
    count(*) filter (where not e.is_valid),
    coalesce(sum(e.fingerprint), 0)
  into source_rows, curtailed_mwh, invalid_keys, fingerprint
  from recon.curtailed_energy e
  where e.settlement_date = sum_source.settlement_date;
end
$$;

comment on function recon.sum_source(date) is
  'The source of a date: its rows, its energy (MWh, of valid keys), how many periods and farms '
  'have energy that cannot be right, and the sum of the hashes of its rows.';
