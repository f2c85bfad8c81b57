-- 20 GW, more than all the wind farms of Great Britain. Not pinned, so that it is inlined.
create or replace function recon.largest_volume()
returns numeric
language sql immutable parallel safe
as $$
  select numeric '10000'
$$;

comment on function recon.largest_volume() is
  'The largest volume that a farm can have in a half hour, MWh: what is beyond cannot be right.';
