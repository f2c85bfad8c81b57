"""The rules that SQL text keeps, read with PostgreSQL's own scanner and parser."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recon_kit.resources import QUERIES, code_files, migrations_folder, sql_folder

pytestmark = pytest.mark.client

try:
    import pglast
    from pglast import ast, enums
    from pglast.parser import parse_plpgsql_json, scan
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip("pglast is missing", allow_module_level=True)

CODE = sorted(path for path in sql_folder().rglob("*.sql") if path.name != "install.sql")
MIGRATIONS = sorted(migrations_folder().glob("*.sql"))
GRANTS = sql_folder() / "grants.sql"
SETTINGS = sql_folder() / "settings.sql"
DEFINING = [path for path in CODE if path not in (GRANTS, SETTINGS)]

LONG = {
    "adoption_obstacles": 105,
    "adoption_plan": 135,
    "adoption_steps": 150,
    "analyze": 95,
    "apply_sync": 135,
    "attempt_period": 110,
    "bad_retargets": 105,
    "beyond_capacity": 135,
    "capture_triggers": 115,
    "cell_findings": 105,
    "chain_findings": 130,
    "column_faults": 90,
    "compare_day": 205,
    "count_damage": 130,
    "curtailment_sums": 90,
    "dated_difficulties": 140,
    "dated_epochs": 120,
    "day_problems": 95,
    "delete_loaded": 95,
    "explain": 120,
    "farm_days": 95,
    "fingerprint_findings": 110,
    "fuse_evidence": 120,
    "grants": 195,
    "frozen_prices": 100,
    "holders": 90,
    "implausible_epochs": 90,
    "implausible_steps": 90,
    "insert_cells": 120,
    "keep_findings": 195,
    "judged_values": 120,
    "linked_epochs": 105,
    "metrics": 125,
    "other_signs": 105,
    "outlying_days": 85,
    "outlying_farms": 110,
    "prune_history": 135,
    "publish": 105,
    "reconcile_batch": 90,
    "reconcile_day": 190,
    "repair_cells": 155,
    "report_actions": 105,
    "report_difficulty": 105,
    "report_verdict": 125,
    "run_readings": 105,
    "server_checks": 100,
    "silent_periods": 105,
    "similar_days": 125,
    "source_faults": 105,
    "session_problems": 95,
    "spot_fix": 85,
    "start_run": 125,
    "store_content": 100,
    "store_days": 110,
    "suspects_between": 125,
    "sync_values": 150,
    "table_gaps": 110,
    "table_health": 110,
    "summary_findings": 90,
    "undo_statements": 130,
    "unknown_farms": 105,
    "uneven_btc": 90,
    "unfit_calculations": 105,
    "verify": 120,
    "work_checks": 110,
    "wrong_unit": 140,
}
"""Single statements, lists, or a proof in the order of statements, which splitting would hide."""

STARRED = {
    "chain_findings": {"b.*", "j.*"},
    "dated_epochs": {"b.*", "t.*"},
    "linked_epochs": {"k.*"},
    "sighted_epochs": {"s.*"},
    "apply_sync": {"v.*"},
    "count_damage": {"d.*"},
    "start_run": {"e.*"},
    "insert_cells": {"s.*"},
    "reconcile_days": {"d.*"},
    "source_faults": {"r.*"},
    "store_content": {"f.*", "p.*"},
    "sync_values": {"i.*"},
    "unfit_calculations": {"j.*"},
}
"""Where `alias.*` stands for the columns of a CTE, or of what a function declares to return."""

DYNAMIC = {
    "0005.summaries.rollback",
    "begin_adoption",
    "count_odd_keys",
    "count_rows",
    "grants",
    "ignore_writes",
    "mend_capture",
    "publish",
    "published_differences",
    "settings",
    "undo_statements",
    "verify",
}

KNOWN_TYPES = re.compile(
    r"setof recon\.\w+|recon\.days(?=;)|recon\.(model_sum|published_sum|gap|damage)(\[\])?"
)
"""Types that the parser, which has no database, would look up in vain."""


def _unnamed(known: re.Match[str]) -> str:
    if known[0].startswith("setof"):
        return "setof record"
    return "text[]" if known[0].endswith("[]") else "record"


DEFINITIONS = (
    "CreateFunctionStmt",
    "ViewStmt",
    "CreateTableAsStmt",
    "CreateTrigStmt",
)


def name_of(path: Path) -> str:
    folder = sql_folder() if path.is_relative_to(sql_folder()) else migrations_folder()
    return str(path.relative_to(folder))


Rule = Callable[[Path], None]


def rule_of(files: list[Path]) -> Callable[[Rule], Callable[[], None]]:
    """A rule as one test of all these files, which names each that breaks it."""

    def make(rule: Rule) -> Callable[[], None]:
        def test() -> None:
            broken = []
            for path in files:
                try:
                    rule(path)
                except Exception as error:  # noqa: BLE001 - shown with the file
                    broken.append(f"{name_of(path)}: {type(error).__name__}: {error}")
            assert not broken, "\n".join(broken)

        test.__doc__ = rule.__doc__
        return test

    return make


every_file = rule_of(CODE + MIGRATIONS)
every_code_file = rule_of(CODE)
every_defining_file = rule_of(DEFINING)
every_migration = rule_of(MIGRATIONS)


class Word(NamedTuple):
    """A token: the parser's name for it, its text, and the line it is on."""

    name: str
    text: str
    line: int


def words(sql: str, first_line: int = 1) -> Iterator[Word]:
    """The tokens of a text without its comments, dollar-quoted bodies opened up."""
    for token in scan(sql):
        text = sql[token.start : (token.end or 0) + 1]
        line = first_line + sql.count("\n", 0, token.start or 0)
        if token.name in ("SQL_COMMENT", "C_COMMENT"):
            continue
        if token.name == "SCONST" and text.startswith("$$"):
            yield from words(text[2:-2], line)
        else:
            yield Word(token.name, text, line)


@functools.cache
def tokens(path: Path) -> list[Word]:
    """Those of a file."""
    return list(words(path.read_text()))


@functools.cache
def statements(path: Path) -> list[tuple[Any, str]]:
    """Each statement of a file as a tree, with its text."""
    text = path.read_text(encoding="utf-8")
    found = []
    for raw in pglast.parse_sql(text):
        start = raw.stmt_location or 0
        found.append((raw.stmt, text[start : start + raw.stmt_len if raw.stmt_len else None]))
    return found


def kind(statement: Any) -> str:
    return type(statement).__name__


def options(statement: Any) -> dict[str, Any]:
    return {option.defname: option.arg for option in statement.options}


def language(statement: Any) -> str:
    return str(options(statement)["language"].sval)


# ----------------------------------------------------------------------------------------- text


@every_file
def test_lines(path: Path) -> None:
    raw = path.read_bytes()
    text = raw.decode("ascii")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not text.startswith("\n")
    for number, line in enumerate(text.split("\n"), 1):
        assert len(line) <= 100, f"line {number} has {len(line)} columns"
        assert line == line.rstrip(), f"line {number} ends in a blank"
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", line), f"line {number}: control character"


@every_code_file
def test_length(path: Path) -> None:
    procedure = any(getattr(statement, "is_procedure", False) for statement, _ in statements(path))
    longest = LONG.get(path.stem, 120 if procedure else 80)
    count = len(path.read_text().splitlines())
    assert count <= longest, f"{count} lines: two ideas?"


def test_long_files_are_long() -> None:
    """An exception that is needed no more goes."""
    counts = {path.stem: len(path.read_text().splitlines()) for path in CODE}
    assert {name for name in LONG if counts.get(name, 0) <= 80} == set()


@every_file
def test_words_are_lower_case(path: Path) -> None:
    for word in tokens(path):
        if word.name.isidentifier() and word.name not in ("SCONST", "ICONST", "FCONST", "XCONST"):
            assert word.text == word.text.lower(), f"line {word.line}: {word.text}"


@every_file
def test_no_star_but_for_named_reasons(path: Path) -> None:
    """`select *` and `alias.*` say nothing of what they return; `count(*)` and `table x` do."""
    found = tokens(path)
    starred = set()
    for before, word in pairwise(found):
        if word.text != "*":
            continue
        assert before.name not in ("SELECT", "DISTINCT", "RETURNING", "ALL"), f"line {word.line}"
        if before.text == ".":
            alias = found[found.index(before, found.index(word) - 2) - 1].text
            starred.add(f"{alias}.*")
    assert starred == STARRED.get(path.stem, set())


@every_file
def test_inserts_name_their_columns(path: Path) -> None:
    found = tokens(path)
    for place, (first, second) in enumerate(pairwise(found)):
        if (first.text, second.text) == ("insert", "into"):
            rest = found[place + 2 :]
            while rest[0].name in ("IDENT", "AS") or rest[0].text == ".":
                rest.pop(0)
            assert rest[0].text == "(", f"line {first.line}"


@every_file
def test_nothing_is_granted_to_public(path: Path) -> None:
    found = tokens(path)
    for place, (first, second) in enumerate(pairwise(found)):
        if (first.text, second.text) == ("to", "public"):
            assert found[place + 2].text == ".", f"line {first.line}"


@every_file
def test_no_dynamic_sql(path: Path) -> None:
    """`execute` is for triggers and rights, in verify for a constant, in grants for the lists above
    it, and for what is the platform's and of any name."""
    for first, second in pairwise(tokens(path)):
        if first.text == "execute" and path.stem not in DYNAMIC:
            assert second.text in ("function", "on"), f"line {first.line}"


def test_what_changes_jobs_is_decided_before_the_first_is_changed() -> None:
    """In a `from`, a function with effects may be called before the filter beside it is asked."""
    texts = [*QUERIES.values(), *(path.read_text() for path in CODE)]
    acting = [text for text in texts if re.search(r"lateral cron\.|from cron\.\w+\(", text)]
    assert len(acting) == 3
    for text in acting:
        [(source, rest)] = re.findall(
            r"from (\w+) \w+\s+cross join lateral cron\.(.*?)(?:;|$)", text, re.S
        )
        assert re.search(rf"\b{source} as materialized \(", text)
        assert "where" not in rest


# --------------------------------------------------------------------------------------- parser


@every_file
def test_parses(path: Path) -> None:
    for statement, text in statements(path):
        if kind(statement) == "CreateFunctionStmt":
            body = options(statement)["as"][0].sval
            if language(statement) == "sql":
                assert pglast.parse_sql(body)
            else:
                assert parse_plpgsql_json(KNOWN_TYPES.sub(_unnamed, text))
        elif kind(statement) == "DoStmt":
            assert parse_plpgsql_json(text)


def defined(statement: Any) -> tuple[str, str]:
    """Schema and name of what a statement creates, or for a trigger, of its table."""
    match kind(statement):
        case "CreateFunctionStmt":
            schema, name = (part.sval for part in statement.funcname)
            return schema, name
        case "ViewStmt":
            relation = statement.view
        case "CreateTableAsStmt":
            relation = statement.into.rel
        case _:
            relation = statement.relation
    return relation.schemaname, relation.relname


@every_defining_file
def test_file_defines_the_object_it_is_named_after(path: Path) -> None:
    found = [statement for statement, _ in statements(path)]
    objects = {defined(s) for s in found if kind(s) in DEFINITIONS}
    assert len(objects) == 1
    ((schema, name),) = objects
    assert name == path.stem
    assert schema in ("recon", "public")
    if kind(found[0]) != "CreateTrigStmt":
        assert sum(kind(s) in DEFINITIONS for s in found) == 1
        assert kind(found[-1]) == "CommentStmt"
    is_trigger = path.parent.name in ("triggers", "watch")
    assert ("CreateTrigStmt" in {kind(s) for s in found}) == is_trigger


@every_defining_file
def test_code_only_defines_and_can_be_replayed(path: Path) -> None:
    for statement, text in statements(path):
        match kind(statement):
            case "CreateFunctionStmt" | "ViewStmt" | "CreateTrigStmt":
                assert statement.replace, text
            case "CreateTableAsStmt":
                assert statement.objtype == enums.ObjectType.OBJECT_MATVIEW
                assert statement.if_not_exists
                assert statement.into.skipData
            case "IndexStmt":
                assert statement.if_not_exists
                assert statement.relation.relname == path.stem
            case "AlterTableStmt":
                done = {command.subtype for command in statement.cmds}
                assert done == {enums.AlterTableType.AT_EnableAlwaysTrig}
            case other:
                assert other == "CommentStmt", text


def test_grants_only_grant() -> None:
    kinds = [kind(statement) for statement, _ in statements(GRANTS)]
    assert set(kinds) == {"GrantStmt", "DoStmt"}
    assert not any(s.is_grant for s, _ in statements(GRANTS) if isinstance(s, ast.GrantStmt))


@every_code_file
def test_functions_state_volatility_and_pinned_path_where_they_are_privileged(path: Path) -> None:
    for statement, _ in statements(path):
        if kind(statement) != "CreateFunctionStmt":
            continue
        stated = options(statement)
        assert language(statement) in ("sql", "plpgsql")
        assert ("volatility" in stated) != bool(statement.is_procedure)
        text = path.read_text()
        pinned = "\nset search_path = pg_catalog, pg_temp\n" in text
        assert pinned or "security definer" not in text


def test_manifest_lists_each_file_once() -> None:
    listed = code_files()
    assert len(listed) == len(set(listed))
    assert set(listed) == set(CODE)
    manifest = (sql_folder() / "install.sql").read_text(encoding="ascii")
    for line in manifest.splitlines():
        assert not line or line.startswith("-- ") or re.fullmatch(r"\\ir [a-z_/]+\.sql", line), line


def folder_of(path: Path) -> str:
    return name_of(path).partition("/")[0]


UPWARDS = {
    ("adopt", "capture"): "rows that an adoption removes are noticed where the kit is there already"
}
"""Folders that call one below them, and why."""


@functools.cache
def homes() -> dict[str, str]:
    """The folder of each function and view."""
    return {
        defined(statement)[1]: folder_of(path)
        for path in DEFINING
        for statement, _ in statements(path)
        if kind(statement) in DEFINITIONS and kind(statement) != "CreateTrigStmt"
    }


@functools.cache
def fired() -> dict[str, set[str]]:
    """The functions that the triggers of each table call."""
    found: dict[str, set[str]] = {}
    for path in DEFINING:
        for statement, _ in statements(path):
            if kind(statement) == "CreateTrigStmt":
                table = ".".join(defined(statement))
                found.setdefault(table, set()).add(statement.funcname[-1].sval)
    return found


def called(path: Path) -> Iterator[str]:
    """What a file calls: by name, by writing to a table with triggers, in text, and as a job."""
    found = tokens(path)
    texts = " ".join(word.text for word in found if word.name == "SCONST")
    code = " ".join(word.text for word in found if word.name != "SCONST")
    yield from re.findall(r"\brecon \. (\w+)", code)
    for table in re.findall(
        r"\b(?:insert into|update|delete from|merge into|truncate) ((?:recon|public) \. \w+)", code
    ):
        yield from fired().get(table.replace(" ", ""), ())
    if path.stem in DYNAMIC:
        yield from re.findall(r"\b(?:function|select|from|join) recon\.(\w+)\(", texts)
    if path.stem == "schedule_jobs":
        [jobs] = (path.read_text() for path in MIGRATIONS if "into recon.jobs " in path.read_text())
        yield from re.findall(r"'(?:call|select) recon\.(\w+)\(", jobs)


def test_each_folder_is_a_block_of_the_manifest_and_calls_only_those_above_it() -> None:
    blocks = [folder for folder, _ in groupby(map(folder_of, code_files()))]
    assert len(blocks) == len(set(blocks))
    floor = {folder: number for number, folder in enumerate(blocks)}
    assert len(homes()) > 300
    assert sum(map(len, fired().values())) > 20
    upwards: dict[tuple[str, str], str] = {}
    for path in DEFINING:
        for name in called(path):
            ways = (folder_of(path), homes().get(name, folder_of(path)))
            if floor[ways[1]] > floor[ways[0]]:
                upwards.setdefault(ways, f"{name_of(path)} calls {name}")
    assert upwards.keys() == UPWARDS.keys(), upwards


# ----------------------------------------------------------------------------------- migrations


@functools.cache
def names_of_code() -> set[str]:
    """What the files of sql/ define, but for triggers."""
    objects = ("CreateFunctionStmt", "ViewStmt", "CreateTableAsStmt")
    return {defined(s)[1] for file in CODE for s, _ in statements(file) if kind(s) in objects}


@every_migration
def test_migrations_call_no_code(path: Path) -> None:
    """Code is replayed after them, and may be newer than they are."""
    kept = ";".join(text for statement, text in statements(path) if kind(statement) != "DropStmt")
    found = [word.text for word in words(kept) if word.name != "SCONST"]
    columns = {"now", "next_step"}
    assert not set(found) & (names_of_code() - columns)
    assert not [name for name in columns if f"recon . {name}" in " ".join(found)]


@every_migration
def test_migrations_run_in_the_transaction_of_the_deploy(path: Path) -> None:
    assert "transactional:" not in path.read_text()
    found = {word.text for word in tokens(path)}
    assert not found & {"concurrently", "commit", "vacuum"}


def test_migrations_form_a_chain() -> None:
    forward = [path for path in MIGRATIONS if not path.name.endswith(".rollback.sql")]
    for before, path in pairwise(forward):
        assert path.read_text().startswith(f"-- depends: {before.stem}\n"), path.name
