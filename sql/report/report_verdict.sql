create or replace function recon.report_verdict(
  from_date date default null,
  to_date date default null
)
returns table (
  grade text,
  verdict text,
  verified_from date,
  verified_to date,
  summaries_off bigint,
  as_of timestamptz
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  totals as (
    select t.days, t.calculations, t.no_data, t.completion_percent, t.reconciled, t.verified, w.open
    from recon.day_totals(report_verdict.from_date, report_verdict.to_date) t
    cross join lateral (
      select string_agg(
        to_char(o.days, 'FM999,999,999')
          || case when o.place > 1 then '' when o.days = 1 then ' day' else ' days' end
          || ' ' || o.state,
        ', ' order by o.place
      ) as open
      from (
        select o.days, o.state, row_number() over (order by o.n) as place
        from unnest(
          array[t.blocked, t.failed, t.pending, t.skipped],
          array['blocked', 'failed', 'pending', 'skipped']
        ) with ordinality o (days, state, n)
        where o.days > 0
      ) o
    ) w
    where recon.require_range(report_verdict.from_date, report_verdict.to_date)
  ),
  proofs as (
    select
      (min(s.verified_at) at time zone 'UTC')::date as first_on,
      (max(s.verified_at) at time zone 'UTC')::date as last_on
    from recon.day_status s
    where s.state = 'reconciled'
      and s.settlement_date >= coalesce(report_verdict.from_date, '-infinity')
      and s.settlement_date <= coalesce(report_verdict.to_date, 'infinity')
  ),
  summaries as (
    select count(*) as off
    from recon.summary_findings(report_verdict.from_date, report_verdict.to_date) f
  ),
  gaps as (
    select count(*) as open from recon.capture_gaps()
  ),
  issues as (
    select count(*) as open, count(*) filter (where f.severity <> 'note') as severe
    from recon.source_issues(report_verdict.from_date, report_verdict.to_date) f
  )
  select
    case
      when g.open > 0 or u.undated_rows > 0 then 'work remains'
      when t.days = 0 or t.days = t.no_data and i.severe = 0 then 'empty'
      when t.open is not null or s.off > 0 or i.severe > 0 then 'work remains'
      when t.verified < t.reconciled then 'complete'
      else 'verified'
    end,
    case
      when t.days = 0 then 'No day to report on'
      else format(
        '%s %s, %s calculations, ',
        to_char(t.days, 'FM999,999,999'),
        case t.days when 1 then 'day' else 'days' end,
        to_char(t.calculations, 'FM999,999,999,999')
      ) || case
        when t.completion_percent is null then 'no day has data'
        when t.open is null and t.verified = t.reconciled then 'complete and verified '
          || case when p.first_on = p.last_on then 'on ' else format('from %s to ', p.first_on) end
          || p.last_on
        when t.open is null and t.verified = 0 then 'complete; no day is verified yet'
        when t.open is null
          then format('complete; %s verified', to_char(t.verified, 'FM999,999,999'))
        else format('%s %% complete; %s', t.completion_percent, t.open)
      end || case
        when s.off = 1 then '; 1 summary out of date'
        when s.off > 1 then format('; %s summaries out of date', s.off)
        else ''
      end
        || case when i.open > 0 then format('; %s open source issue', i.open) else '' end
        || case when i.open > 1 then 's' else '' end
    end || case when g.open > 0 then '; changes can pass unnoticed' else '' end
      || case
        when u.undated_rows > 0 then format('; %s records without a day', u.undated_rows)
        else ''
      end,
    p.first_on,
    p.last_on,
    s.off,
    recon.now()
  from totals t
  cross join proofs p
  cross join summaries s
  cross join issues i
  cross join gaps g
  cross join recon.undated_rows() u
  where u.finding = 'undated_records'
$$;

comment on function recon.report_verdict(date, date) is
  'One row: a sentence that says how the range stands; its grade, which is verified, complete, '
  'work remains (also while the source has an open issue that is more than a note or records '
  'without a day, or changes can pass unnoticed) or empty; '
  'the dates (UTC) of the oldest and newest proof of its reconciled days; '
  'the monthly and yearly summaries out of date; and when that was. Error 22023 for a range it '
  'cannot use.';
