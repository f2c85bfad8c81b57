-- An epoch whose end the table does not have is taken to last as long as an epoch does at least:
-- since 2016 by the setting, before then 3 days.
create or replace function recon.epochs_of_days(from_date date, to_date date)
returns table (
  settlement_date date,
  height integer,
  nbits text,
  difficulty numeric,
  source text,
  began_at timestamptz,
  is_at_midnight boolean
)
language sql stable
as $$
  select
    (e.began_on + n.n),
    e.height,
    e.nbits,
    e.difficulty,
    e.source,
    e.began_at,
    n.n > 0 or e.began_at = (e.began_on::timestamp at time zone 'UTC')
  from (
    select
      k.height,
      k.nbits,
      k.difficulty,
      k.source,
      k.began_at,
      (k.began_at at time zone 'UTC')::date as began_on,
      coalesce(
        ((k.ended_at - interval '1 microsecond') at time zone 'UTC')::date,
        (k.began_at at time zone 'UTC')::date + case
          when k.began_at < '2016-01-01 00:00:00+00' then 3
          else t.difficulty_min_epoch_days
        end
      ) as ended_on
    from recon.known_epochs k
    cross join recon.settings t
  ) e
  cross join lateral generate_series(
    greatest(0, epochs_of_days.from_date - e.began_on),
    least(e.ended_on, epochs_of_days.to_date) - e.began_on
  ) n (n)
$$;

comment on function recon.epochs_of_days(date, date) is
  'The epochs that the table of retargets has in force on each UTC date of a range (null: any): on '
  'the day of a retarget two, of which is_at_midnight marks the one in force at 00:00.';
