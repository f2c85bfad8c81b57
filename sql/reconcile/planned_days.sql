-- The last stored date is asked for as in recon.comes_last, and for the reason given there.
create or replace function recon.planned_days(
  from_date date,
  to_date date,
  order_by text,
  force boolean
)
returns table (settlement_date date, place bigint)
language sql stable
as $$
  select
    p.settlement_date,
    row_number() over (
      order by
        case
          when planned_days.order_by = 'largest' then recon.source_mwh(p.settlement_date)
        end desc,
        case
          when planned_days.order_by = 'oldest' then p.settlement_date
          when planned_days.order_by = 'usual' and p.settlement_date > coalesce(
            (
              select h.settlement_date
              from public.historical_bitcoin_calculations h
              order by h.settlement_date desc
              limit 1
            ),
            '-infinity'
          ) then p.settlement_date
        end,
        p.settlement_date desc
    )
  from recon.plannable_days(planned_days.from_date, planned_days.to_date, planned_days.force) p
$$;

comment on function recon.planned_days(date, date, text, boolean) is
  'The days a run over this range would do, each with its place in that order.';
