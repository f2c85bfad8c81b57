"""Text from data, made fit for where people read it: one way for each kind of place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any


def visible(text: str) -> str:
    r"""The text in one line of characters that can be seen; others as ``\x1b``, ``\u202e``.

    Control characters move the cursor of a terminal and forge lines of a log; others change the
    direction of what stands around them, or hide.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def without_credentials(text: str) -> str:
    """A URL without what stands before an @, which may be a password with anything in it."""
    return re.sub(r"(?<=://).*@", "***@", text, flags=re.DOTALL)


def visible_lines(text: str, indent: str = "") -> str:
    """The same of each line, those after the first indented."""
    return f"\n{indent}".join(visible(line) for line in text.split("\n"))


def visible_in(value: Any) -> Any:
    """The same of every text in rows and lists of them."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {key: visible_in(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [visible_in(each) for each in value]
    return value


def chat(text: str) -> str:
    """Text for Slack and its likes, which read ``<!channel>`` as a call of everybody.

    They take what stands between backticks for code, and no link in it for one.
    """
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("`", "'")):
        text = text.replace(character, entity)
    return visible_lines(text)


def on_a_page(value: Any) -> Any:
    """What a template of a page is given to show: text loses what turns or hides its neighbours."""
    if type(value) is not str or value.isprintable():
        return value
    return "".join(
        visible(c) if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t" else c
        for c in value
    )
