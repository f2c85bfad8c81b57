"""What the pages promise: each sentence names the tests that hold it to that."""

from __future__ import annotations

import ast
import re

import pytest

from tests.commands import ROOT
from tests.pages import PAGES
from tests.promises import PROMISES

SECTIONS = (
    "The guarantee",
    "What a run copes with",
    "What stops a run",
    "What could pass unnoticed",
    "What verifying sees",
    "Promises",
)
"""Where they promise something; every sentence there has to be in PROMISES."""


def all_the_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def section(title: str) -> str:
    """The text under a heading, or the paragraph that begins with the title in bold."""
    text = "\n".join(page.read_text() for page in PAGES)
    found = re.search(rf"^## {title}\n(.*?)(?=^## )", text, re.M | re.S) or re.search(
        rf"^\*\*{title}\*\*:(.*?)\n\n", text, re.M | re.S
    )
    assert found, f"no page has {title}"
    return found[1]


def sentences(title: str) -> list[str]:
    """Its sentences, lists without their marks, tables by the row, examples left out."""
    kept: list[str] = []
    is_row = False  # what is above a table's rows is its head
    for block in re.split(r"\n\n|\n(?=- )|\n(?=\|)", section(title)):
        text = " ".join(block.split()).removeprefix("- ")
        if block.startswith("    ") or not text or re.fullmatch(r"[|\-]+", text):
            continue
        if text.startswith("|"):
            kept += [text.split("|")[1].strip().strip("`")] if is_row else []
            is_row = True
        else:
            kept += re.split(r"(?<=[.:!?])\s+(?=[A-Z`*\"])", text)
    return [sentence for sentence in kept if sentence]


@pytest.mark.parametrize("title", SECTIONS)
def test_every_sentence_that_promises_is_held_to_by_a_test(title: str) -> None:
    assert [s for s in sentences(title) if not s.startswith(tuple(PROMISES))] == []


def test_no_promise_is_left_that_the_pages_no_longer_make() -> None:
    made = [sentence for title in SECTIONS for sentence in sentences(title)]
    assert [p for p in PROMISES if not any(sentence.startswith(p) for sentence in made)] == []


def test_the_tests_that_are_named_are_there() -> None:
    named = {test for tests in PROMISES.values() for test in tests}
    assert sorted(named - all_the_tests()) == []
