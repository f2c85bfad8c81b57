-- What the text of a statement or of a value can depend on, said once for all functions that pin
-- their path: the session does not decide it. The order of day and month and the time zone are left
-- as they are, as nothing here asks for them and the platform's triggers run under all this too.
do $$
declare
  v_routine regprocedure;
  v_path text := recon.platform_path();
begin
  for v_routine in
    select p.oid
    from pg_proc p
    where p.pronamespace = 'recon'::regnamespace
      and p.proname not in ('is_closed_schema', 'platform_path')
      and exists (select from unnest(p.proconfig) c where c like 'search_path=%')
  loop
    execute format(
      'alter function %s set search_path = %s set DateStyle = iso set IntervalStyle = postgres '
        'set standard_conforming_strings = on set array_nulls = on set bytea_output = hex '
        'set extra_float_digits = 1 set quote_all_identifiers = off '
        'set transform_null_equals = off',
      v_routine,
      v_path
    );
  end loop;
end
$$;
