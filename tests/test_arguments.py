"""Whatever is given to whatever people call: a result, or an error that says what is wrong."""

from __future__ import annotations

import psycopg
import pytest

from recon_kit.db import Connection
from tests.commands import recon
from tests.world import MARCH_1, MARCH_2, days, reconcile

pytestmark = pytest.mark.client

BAD = {
    "date": [
        "null",
        "'-infinity'",
        "'infinity'",
        "'10000-01-01'",
        "'5874897-12-31'",
        "'4713-01-01 BC'",
        "'2009-01-02'",
        "'2100-01-02'",
    ],
    "integer": ["null", "0", "-1", "2147483647", "'-2147483648'"],
    "bigint": ["null", "0", "-1", "9223372036854775807", "'-9223372036854775808'"],
    "numeric": ["null", "0", "-1", "'NaN'", "'Infinity'", "'-Infinity'", "1e1000", "1e-1000"],
    "text": [
        "null",
        "''",
        "'  '",
        "e'a\\x1b[2J\\nb'",
        "repeat('x', 100000)",
        "'%s %I'",
        "'''; select 1; --'",
    ],
    "interval": ["null", "'0'", "'-1 day'", "'100000000 years'", "'-100000000 years'"],
    "boolean": ["null"],
}
"""By type, what is no use to anybody."""

GOOD = {
    "settlement_date": "'2025-03-01'",
    "from_date": "'2025-03-01'",
    "settlement_period": "1",
    "farm_id": "'T_FARM-0'",
    "reason": "'why'",
    "name": "'last_run'",
    "run_id": "1",
}
"""What a parameter without a default is given while another is tried."""

ALSO = (
    "confirm",
    "critical_days",
    "explain",
    "month_range",
    "pause",
    "recent_range",
    "retry_day",
    "set_alert_limit",
    "skip_day",
    "spot_fix",
    "verify_recent",
)
"""What people or the command line call that has no default."""


def test_every_argument_of_every_routine(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("set statement_timeout = '30s'")
    routines = db.execute(
        "select p.proname as name, p.prokind = 'p' as is_procedure,"
        " p.pronargs - p.pronargdefaults as needed,"
        " array(select n from unnest(p.proargnames[1:p.pronargs]) n) as names,"
        " array(select coalesce((p.proargmodes::text[])[i], 'i')"
        "  from generate_series(1, p.pronargs) i) as modes,"
        " array(select format_type(t, null) from unnest(p.proargtypes) with ordinality u (t, i)"
        "  order by i) as types"
        " from pg_proc p where p.pronamespace = 'recon'::regnamespace"
        " and (p.pronargdefaults > 0 or p.proname = any (%s))"
        " order by 1",
        (list(ALSO),),
    ).fetchall()
    assert len(routines) > 35
    wrong = []
    for routine in routines:
        given = list(zip(routine["names"], routine["types"], routine["modes"], strict=True))
        needed = given[: routine["needed"]]
        for name, kind, mode in given:
            for bad in BAD.get(kind, []) if mode == "i" else []:
                arguments = {n: f"{GOOD.get(n, 'null')}::{t}" for n, t, _ in needed}
                arguments[name] = f"({bad})::{kind}"
                listed = ", ".join(f"{n} => {value}" for n, value in arguments.items())
                verb = "call" if routine["is_procedure"] else "select * from"
                statement = f"{verb} recon.{routine['name']}({listed})"
                try:
                    db.execute(statement.encode())
                except psycopg.errors.DataError as error:
                    if error.sqlstate not in ("22023", "22004"):
                        wrong.append((statement[:200], error.sqlstate, str(error)[:200]))
                except psycopg.Error as error:
                    if not (error.sqlstate or "").startswith("RK"):
                        wrong.append((statement[:200], error.sqlstate, str(error)[:200]))
                db.execute("select recon.resume()")
    assert wrong == []


VERBS = [
    ("explain", "2025-03-01", "99999999999", "T_A"),
    ("explain", "2025-03-01", "0", "T_A"),
    ("explain", "2025-03-01", "1", ""),
    ("explain", "10000-01-01", "1", "T_A"),
    ("recent", "--days", "99999999999"),
    ("recent", "--days", "2147483647"),
    ("recent", "--days", "9" * 5000),
    ("daily-check", "--days", "36526"),
    ("events", "--since", "99999999999999 days"),
    ("events", "--since", "-1 days"),
    ("runs", "999999999999999999999"),
    ("reconcile", "--batch-days", "0"),
    ("reconcile", "--batch-days", "99999999999"),
    ("reconcile", "--from", "2100-01-02"),
    ("reconcile", "--to", "1999-12-31"),
    ("gaps", "--from", "0001-01-01"),
    ("report", "--from", "9999-12-31"),
    ("verify", "--from", "2008-12-31"),
    ("verify-month", "9999-12"),
    ("verify-month", "2008-12"),
    ("date", "2025-02-30"),
    ("critical", "9999-12-31"),
    ("skip-day", "9999-12-31", "why"),
    ("skip-day", "2025-03-01", " "),
    ("retry-day", "9999-12-31"),
    ("resume", "99999999999999999999"),
    ("confirm", "99999999999999999999"),
    ("fix-critical", "--max-dates", "99999999999"),
    ("prune-history", "--keep", "-1 days"),
    ("prune-history", "--keep", "2000 years"),
    ("scrub", "--budget", "-1 second"),
    ("scrub", "--budget", ""),
    ("set-alert-limit", "last_run", "-1 hour", "1 day"),
    ("set-alert-limit", "nothing", "1 hour", "1 day"),
    ("difficulty", "accept", "10000-01-01"),
    ("difficulty", "reject", "9999-12-31", "why"),
    ("acknowledge", "9999-12-31", "plug_rows", "why"),
]


@pytest.mark.parametrize("arguments", VERBS, ids=lambda given: " ".join(given)[:60])
def test_a_verb_refuses_what_it_cannot_use(
    arguments: tuple[str, ...], db: Connection, url: str
) -> None:
    days(db, MARCH_1)
    done = recon(*arguments, url=url)
    assert done.returncode == 2, done.stderr
    assert "rror: " in done.stderr
    for words in ("Traceback", "does not exist", "out of range", "violates"):
        assert words not in done.stderr
