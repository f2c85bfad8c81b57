"""The pages that people read, and the part of one that is made from the database.

`python -m tests.pages` writes that part.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from recon_kit.db import Connection, connect
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.commands import ROOT

API = ROOT / "sql" / "README.md"
PAGES = [ROOT / "README.md", API] + [
    ROOT / folder / "README.md" for folder in ("recon_kit", "migrations", "tests")
]

BEGIN, END = "<!-- api -->\n", "<!-- end of api -->"

AUDIENCES = {
    "v_reader_calls": "Functions that `recon_reader` calls",
    "v_operator_calls": "Functions and procedures that `recon_operator` calls besides",
}
"""Lists of grants.sql, and their headings."""

ROUTINES = """
select
  p.proname as name,
  p.prokind = 'p' as commits,
  coalesce(
    (
      select string_agg(
        a.name || case when a.no > p.pronargs - p.pronargdefaults then ' =>' else '' end,
        ', ' order by a.no
      )
      from unnest(p.proargnames, p.proargmodes) with ordinality a (name, mode, no)
      where coalesce(a.mode, 'i') = 'i'
    ),
    ''
  ) as arguments,
  obj_description(p.oid, 'pg_proc') as comment
from pg_proc p
where p.pronamespace = 'recon'::regnamespace
  and p.proname = any (%s)
order by p.proname
"""

VIEWS = """
select c.relname as name, obj_description(c.oid, 'pg_class') as comment
from pg_class c
where c.relnamespace = 'recon'::regnamespace and c.relkind = 'v'
order by c.relname
"""


def granted() -> dict[str, set[str]]:
    """The routines that grants.sql names, by the list they are in."""
    text = (ROOT / "sql" / "grants.sql").read_text(encoding="ascii")
    lists = re.findall(r"(v_\w+) constant text\[\] := array\[(.*?)\]", text, re.S)
    return {audience: set(re.findall(r"'(\w+)'", names)) for audience, names in lists}


def api(db: Connection) -> str:
    """What is to be read and called, as Markdown, from a database with the kit in it."""
    parts = []
    for audience, heading in AUDIENCES.items():
        parts.append(f"### {heading}\n")
        for row in db.execute(ROUTINES, (list(granted()[audience]),)):
            call = "call " if row["commits"] else ""
            parts.append(_item(f"`{call}{row['name']}({row['arguments']})`", row["comment"]))
    parts.append("\n### Views\n")
    parts += [_item(f"`{row['name']}`", row["comment"]) for row in db.execute(VIEWS.encode())]
    return "\n".join(parts) + "\n"


def _item(name: str, comment: str) -> str:
    """A name and its comment, in lines that an editor shows whole."""
    return textwrap.fill(
        f"- {name}: {comment}",
        width=100,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def written(page: Path) -> str:
    """The part of the page that is made."""
    return page.read_text().partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Writes it."""
    with throwaway_server() as server:
        migrate(server.url())
        with connect(server.url()) as db:
            made = api(db)
    API.write_text(API.read_text().replace(BEGIN + written(API), BEGIN + "\n" + made + "\n", 1))


if __name__ == "__main__":
    main()
