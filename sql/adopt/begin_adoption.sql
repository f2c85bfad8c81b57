-- Called before the first migration, so that what was there before can be told from the kit's.
create or replace function recon.begin_adoption()
returns void
language plpgsql volatile
as $$
begin
  create schema if not exists recon_legacy;

  create table if not exists recon_legacy.adoption (
    only_row boolean not null default true,
    started_at timestamptz not null default clock_timestamp(),
    kit_was_there boolean not null,
    absent text[] not null,
    constraint adoption_pkey primary key (only_row),
    constraint adoption_has_one_row check (only_row)
  );
  create table if not exists recon_legacy.steps (
    step text not null,
    undo text,
    lock_mode text not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    transactions integer,
    longest_lock interval,
    constraint steps_pkey primary key (step)
  );
  create table if not exists recon_legacy.unfit_calculations (
    batch integer not null,
    place tid not null,
    written_by xid not null,
    reason text not null
  );
  create index if not exists unfit_calculations_batch on recon_legacy.unfit_calculations (batch);
  create table if not exists recon_legacy.historical_bitcoin_calculations (
    settlement_date date,
    reason text not null,
    removed_at timestamptz not null default clock_timestamp(),
    calculation jsonb not null
  );
  create table if not exists recon_legacy.daily_sums (
    summary_date date not null,
    miner_model text not null,
    bitcoin_mined numeric not null,
    calculations integer not null
  );
  comment on schema recon_legacy is
    'What the adoption of the platform''s tables by recon-kit replaced or removed.';
  comment on table recon_legacy.historical_bitcoin_calculations is
    'Rows removed from public.historical_bitcoin_calculations, each whole, and why.';

  insert into recon_legacy.adoption (kit_was_there, absent)
  select
    to_regclass('recon.days') is not null,
    array(
      select t.table_name
      from unnest(
        array[
          'curtailment_records',
          'historical_bitcoin_calculations',
          'bitcoin_daily_summaries',
          'bitcoin_monthly_summaries',
          'bitcoin_yearly_summaries'
        ]
      ) t (table_name)
      where to_regclass('public.' || t.table_name) is null
    )
  on conflict on constraint adoption_pkey do nothing;
end
$$;

comment on function recon.begin_adoption() is
  'Creates recon_legacy, where an adoption keeps what it replaces, and notes what there was.';
