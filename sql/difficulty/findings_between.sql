create or replace function recon.findings_between(from_date date, to_date date)
returns table (
  first_date date,
  last_date date,
  difficulty numeric,
  kind text,
  explanation text,
  undecided bigint
)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    s.first_date,
    s.last_date,
    case
      when recon.is_same_difficulty(min(s.difficulty), max(s.difficulty)) then min(s.difficulty)
    end,
    s.kind,
    s.explanation,
    count(*) filter (where not s.is_accepted)
  from recon.suspects_between(findings_between.from_date, findings_between.to_date) s
  group by s.first_date, s.last_date, s.kind, s.explanation
$$;

comment on function recon.findings_between(date, date) is
  'The stretches that the dates of recon.suspects_between form, one a cause.';
