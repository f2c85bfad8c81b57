"""The platform's own code runs in what the kit writes, and nobody else's does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recon_kit.db import Connection, connect, rows, translated_errors
from recon_kit.errors import ReconError
from recon_kit.migrate import migrate
from tests.world import MARCH_1, days, reconcile, value

AUDITED = """
create schema app;
create table app.audit_log (table_name text);
create function app.audit() returns trigger language plpgsql as $$
begin
  insert into audit_log (table_name) values (tg_table_name);
  return null;
end $$;
create trigger audit after insert or update or delete on public.historical_bitcoin_calculations
for each row execute function app.audit();
create trigger audit after insert or update or delete on public.bitcoin_daily_summaries
for each row execute function app.audit();
"""

PATHS = {
    "of the role": "alter role current_user in database {database} set search_path = app, public",
    "of the database": "alter database {database} set search_path = app, public",
}


@pytest.mark.parametrize("where", PATHS)
def test_a_trigger_that_names_no_schema_works(
    url: str, db: Connection, another: Callable[[], Connection], where: str
) -> None:
    db.execute(AUDITED.encode())
    database = value(db, "select quote_ident(current_database())")
    db.execute(PATHS[where].format(database=database).encode())
    migrate(url)
    session = another()
    session.execute("set search_path = ''")
    days(db, MARCH_1)
    assert reconcile(session)["outcome"] == "complete"
    assert value(db, "select count(*) from app.audit_log") > 36
    another().execute("update historical_bitcoin_calculations set bitcoin_mined = 1")
    session.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-1')")
    session.execute("call recon.reconcile_critical('2025-03-01')")
    assert value(db, "select count(*) from recon.gaps()") == 0


def test_an_event_trigger_that_names_no_schema_works(bare_url: str) -> None:
    with connect(bare_url) as empty:
        empty.execute(
            "create schema app; create table app.ddl_log (tag text);"
            "create function app.log_ddl() returns event_trigger language plpgsql as"
            " $$ begin insert into ddl_log (tag) values (tg_tag); end $$;"
            "create event trigger log_ddl on ddl_command_end execute function app.log_ddl()"
        )
        database = value(empty, "select quote_ident(current_database())")
        empty.execute(f"alter database {database} set search_path = app, public".encode())
    migrate(bare_url)
    with connect(bare_url) as deployed:
        assert value(deployed, "select count(*) from app.ddl_log") > 100


def test_a_schema_in_which_others_may_create_is_left_out(url: str, db: Connection) -> None:
    """Their operator would fit a comparison of the kit's better than PostgreSQL's own."""
    db.execute(
        "create function public.hijack(numeric, integer) returns boolean language plpgsql as"
        " $$ begin raise exception 'hijacked'; end $$;"
        "create operator public.>= (leftarg = numeric, rightarg = integer,"
        " function = public.hijack);"
        "create operator public.> (leftarg = numeric, rightarg = integer,"
        " function = public.hijack);"
        "create operator public.* (leftarg = numeric, rightarg = integer,"
        " function = public.hijack);"
        "grant create on schema public to public"
    )
    migrate(url)
    assert value(db, "select recon.platform_path()") == "pg_catalog, pg_temp"
    days(db, MARCH_1)
    assert reconcile(db)["outcome"] == "complete"
    db.execute("select * from recon.analyze()")


def test_the_callers_path_is_not_taken(url: str, db: Connection) -> None:
    db.execute("create schema mine")
    db.execute("set search_path = mine, public")
    assert value(db, "select recon.platform_path()") == "pg_catalog, public, pg_temp"


def test_the_platforms_error_is_not_blamed_on_the_kit(url: str, db: Connection) -> None:
    db.execute(AUDITED.encode())
    days(db, MARCH_1)
    cell = {"settlement_date": MARCH_1, "settlement_period": 1, "farm_id": "T_FARM-1"}
    with pytest.raises(ReconError) as failed, connect(url) as connection, translated_errors():
        rows(connection, "spot_fix", **cell)
    assert "audit_log" in failed.value.message
    assert failed.value.hint == (
        "app.audit() is not of the kit: mend it, or what it works on; then run again."
    )
