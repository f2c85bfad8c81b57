"""The dashboard: its form, and every statement of it on a database, as a reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

import pytest

from recon_kit.db import Connection, connect
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.commands import ROOT
from tests.world import MARCH_1, as_role, days, reconcile, record

BOARD: dict[str, Any] = json.loads(
    (ROOT / "recon_kit" / "grafana.json").read_text(encoding="ascii")
)
PANELS: list[dict[str, Any]] = BOARD["panels"]
POSTGRESQL = {"type": "grafana-postgresql-datasource", "uid": "${datasource}"}
"""A data source that is chosen when the dashboard is imported."""

every_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


@pytest.fixture(scope="module")
def reader() -> Iterator[Connection]:
    """A reader of a database that has something for every panel."""
    with throwaway_server() as server:
        with connect(server.url()) as owner:
            owner.execute("create role recon_reader nologin")
            owner.execute("create role reader login in role recon_reader")
            migrate(server.url())
            days(owner, MARCH_1)
            record(owner, date(2025, 3, 9))
            reconcile(owner)
        with as_role(server.url(), "reader") as connection:
            yield connection


def substituted(statement: str) -> str:
    """The statement as Grafana sends it, over all of time."""
    sent = re.sub(
        r"\$__timeFilter\(([^)]*)\)",
        r"\1 BETWEEN '2000-01-01T00:00:00Z' AND '2100-01-01T00:00:00Z'",
        statement,
    )
    assert "$" not in sent
    return sent


@every_panel
def test_a_panel_has_a_title_a_unit_and_a_statement(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == POSTGRESQL
    [target] = panel["targets"]
    assert target["datasource"] == POSTGRESQL
    assert target["rawQuery"] is True
    assert target["format"] == ("time_series" if panel["type"] == "timeseries" else "table")
    assert panel["type"] in ("stat", "table", "timeseries")


@every_panel
def test_a_statement_runs_as_a_reader_and_has_what_its_panel_draws(
    panel: dict[str, Any], reader: Connection
) -> None:
    [target] = panel["targets"]
    found = reader.execute(substituted(target["rawSql"]).encode()).fetchall()
    assert found
    names = list(found[0])
    if panel["type"] == "timeseries":
        assert names[0] == "time"
        assert len(names) > (2 if "metric" in names else 1)
        assert [row["time"] for row in found] == sorted(row["time"] for row in found)
    for override in panel["fieldConfig"]["overrides"]:
        assert override["matcher"]["options"] in names


def test_panels_are_told_apart_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS) >= 10
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    cells = [
        {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        for at in (panel["gridPos"] for panel in PANELS)
    ]
    assert all(x < 24 for cell in cells for x, _ in cell)
    assert not [pair for pair in combinations(cells, 2) if pair[0] & pair[1]]


def test_it_asks_for_a_data_source_and_names_none() -> None:
    [variable] = BOARD["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    assert variable["query"] == POSTGRESQL["type"]
    assert "id" not in BOARD
