-- What the shell offers for a word.

-- name: offer_dates
select d.settlement_date::text as word
from recon.day_status d
where starts_with(d.settlement_date::text, %(incomplete)s)
order by d.settlement_date desc
limit 200

-- name: offer_farms
select distinct r.farm_id as word
from public.curtailment_records r
where r.settlement_date = %(settlement_date)s
  and (
    %(settlement_period)s::text is null
    or r.settlement_period::text = %(settlement_period)s
  )
  and starts_with(r.farm_id, %(incomplete)s)
order by r.farm_id
limit 200

-- name: offer_issue_kinds
select distinct f.kind as word
from recon.source_findings f
where starts_with(f.kind, %(incomplete)s)
order by f.kind
