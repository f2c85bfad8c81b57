create or replace function recon.usual_signs(
  settlement_date date,
  out volume_sign text,
  out payment_sign text
)
language sql stable
as $$
  select
    case when sum(d.positive_rows) > sum(d.negative_rows) then 'positive' else 'negative' end,
    case when sum(d.charged_rows) > sum(d.paid_rows) then 'negative' else 'positive' end
  from recon.settings s
  join recon.source_days d
    on d.settlement_date >= usual_signs.settlement_date - s.source_window_days
    and d.settlement_date < usual_signs.settlement_date
$$;

comment on function recon.usual_signs(date) is
  'The signs that most volumes and payments had in the settings.source_window_days before a date: '
  'negative and positive, unless history has it otherwise.';
