create or replace function recon.day_result(outcome text, cells bigint, source_rows bigint)
returns text
language sql immutable
as $$
  select
    case
      when outcome is null then null
      when outcome in ('blocked', 'failed') and cells > 0 then 'partially_fixed'
      when outcome in ('blocked', 'failed') then outcome
      when cells > 0 then 'fixed'
      when source_rows = 0 then 'no_data'
      else 'fully_reconciled'
    end
$$;

comment on function recon.day_result(text, bigint, bigint) is
  'What a run does to a day, in a word: see recon.day_results. cells are those it repairs.';
