"""A module is one subject: 150 lines, or a sentence that says why there are more."""

from __future__ import annotations

import re
from pathlib import Path

import recon_kit

FOLDER = Path(recon_kit.__file__).parent

LONG = {
    "adopt.py": "the four ways into an adoption, in the order of their use",
    "adoption_steps.py": "a step and its clock: what one measures is what the other does",
    "cli/common.py": "what all verbs share: the log, the way to the database, the end",
    "cli/difficulty.py": "the flags of DynamoDB and the verbs that have them",
    "cli/flags.py": "a flag after the other, none of which needs another",
    "cli/runs.py": "the verbs of runs, and the run that they all are",
    "cli/service.py": "the verbs that go on until they are stopped",
    "cli/source.py": "a verb after the other, none of which needs another",
    "csv_files.py": "from bytes to records: each function is the next one's beginning",
    "dashboard/app.py": "every address of the live page, in a list",
    "dashboard/guard.py": "who may act: one chain of questions, to be read whole",
    "dashboard/live.py": "one stream of news, from the database to the browser",
    "dashboard/pages.py": "a page after the other, none of which needs another",
    "db.py": "a connection, and the words for each of its errors",
    "demo.py": "one story from end to end",
    "difficulty.py": "a sync, from the first page to its end",
    "doctor.py": "a check after the other, and nothing else",
    "driver.py": "a run, its workers and what they share; others import its types from here",
    "dynamodb.py": "one reader: its threads share a budget, a circuit and an end",
    "events.py": "listening and posting, over one connection and one memory",
    "http.py": "one server, whose parts know each other",
    "load.py": "one load in one transaction, step by step",
    "local/server.py": "a cluster from its making to its end",
    "log.py": "one way of an event, from the call to the file",
    "pool.py": "connections, and the patience that they have in common",
    "profiles.py": "the places a setting can be in, in their order",
    "report/charts.py": "a chart after the other, over the same scales",
    "report/page.py": "what the templates of the page can call, in a list",
    "session.py": "one connection that never waits for ever",
    "shapes.py": "a shape after the other, none of which needs another",
    "show/data.py": "what each verb shows, a function each",
    "show/runs.py": "what each verb shows, a function each",
    "show/terminal.py": "one terminal, whose lines must not cross",
    "ui/app.py": "what the screens share: looking, asking and acting",
    "ui/board.py": "one screen and its keys",
    "ui/screens.py": "a screen after the other, none of which needs another",
    "url.py": "what libpq reads in a URL, in its order",
    "webhook.py": "one post: its signature, its attempts and their end",
    "worker.py": "one loop, and what it waits for",
}
"""Modules of more lines, and why they are not two."""


def test_a_module_is_one_subject() -> None:
    counts = {
        str(path.relative_to(FOLDER)): len(path.read_text().splitlines())
        for path in FOLDER.rglob("*.py")
    }
    assert {name for name, lines in counts.items() if lines > 150} == set(LONG)
    assert {name: lines for name, lines in counts.items() if lines > 360} == {}


def test_no_module_of_tests_imports_from_another() -> None:
    """What two of them need is in a module that is no test."""
    found = [
        f"{path.name}: {line}"
        for path in Path(__file__).parent.rglob("*.py")
        for line in path.read_text().splitlines()
        if re.match(r"\s*(from|import) tests\.test_", line)
    ]
    assert found == []
