-- Called before the first migration, so that what was there before can be told from the kit's.
create or replace function recon.begin_adoption()
returns void
language plpgsql volatile
as $$
declare
  v_table text;
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
  comment on schema recon_legacy is
    'What the adoption of the platform''s tables by recon-kit removed, and their summaries as they '
    'were.';
  comment on table recon_legacy.historical_bitcoin_calculations is
    'Rows removed from public.historical_bitcoin_calculations, each whole, and why.';

  -- What an undo left that was cut short.
  if to_regclass('recon.days') is null then
    drop table if exists recon_legacy.repaired_days;
  end if;

  insert into recon_legacy.adoption (kit_was_there, absent)
  select
    to_regclass('recon.days') is not null,
    array(select p.table_name from recon.platform_tables p where p.relation is null)
  on conflict on constraint adoption_pkey do nothing;

  -- Small, and a copy, so that nobody waits: the platform's tables stay where they are.
  for v_table in
    select p.table_name
    from recon.platform_tables p
    where p.relation is not null
      and p.holds = 'summaries'
  loop
    execute format(
      'create table if not exists recon_legacy.%1$I as table public.%1$I', v_table
    );
  end loop;
end
$$;

comment on function recon.begin_adoption() is
  'Creates recon_legacy, where an adoption keeps what it removes and the summaries as they are, '
  'and notes what there was.';
