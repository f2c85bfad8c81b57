-- Halves what is in question, so that some twenty inserts find a line among a million.
create or replace function recon.refused_line(load_id bigint, replace boolean)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_taken bigint := 0;
  v_refused bigint := (
    select max(s.line_no) from recon.staged_records s where s.load_id = refused_line.load_id
  );
  v_middle bigint;
begin
  perform recon.drop_bad_lines(refused_line.load_id);
  begin
    perform recon.clear_dates(refused_line.load_id) where refused_line.replace;
    perform recon.insert_records(refused_line.load_id, 1, 0);
  exception
    when integrity_constraint_violation or data_exception or raise_exception then
      return null;
  end;
  while v_refused - v_taken > 1 loop
    v_middle := (v_taken + v_refused) / 2;
    begin
      perform recon.insert_records(refused_line.load_id, v_taken + 1, v_middle);
      v_taken := v_middle;
    exception
      when integrity_constraint_violation or data_exception or raise_exception then
        v_refused := v_middle;
    end;
  end loop;
  return v_refused;
end
$$;

comment on function recon.refused_line(bigint, boolean) is
  'The first line of a load with which a constraint or a trigger of the platform refuses it, where '
  'accept_load has failed; null where it refuses what has no line. It leaves records behind: to be '
  'rolled back.';
