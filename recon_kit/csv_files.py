"""CSV files with a header, from disk or from a pipe, as the records that they hold."""

from __future__ import annotations

import codecs
import csv
import errno
import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO

from recon_kit.errors import UsageError

ALIASES = {
    "settlementdate": "settlement_date",
    "settlementperiod": "settlement_period",
    "bmunit": "farm_id",
    "bmunitid": "farm_id",
    "bm_unit": "farm_id",
    "leadpartyname": "lead_party_name",
    "originalprice": "original_price",
    "finalprice": "final_price",
    "soflag": "so_flag",
    "cadlflag": "cadl_flag",
}
"""Names of columns in Elexon's files and answers, in lower case, and what they are called here."""

STDIN = Path("-")
KEPT_IN_MEMORY = 10_000_000
"""Bytes of what comes from a pipe that are kept in memory; more of them on disk."""

LONGEST_SHOWN = 300
"""Characters of a first line that names no columns."""


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Says what is wrong with a file that cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the path.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise UsageError(f"{path} is UTF-16 that breaks off", "Save it as UTF-8.") from error


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file that can be read twice; - is stdin, and what comes from a pipe is kept for a while."""
    with ExitStack() as files:
        if path == STDIN:
            if sys.stdin is None:
                raise OSError(errno.EBADF, "stdin is closed")
            file: IO[bytes] = sys.stdin.buffer
        else:
            file = files.enter_context(path.open("rb"))
        if not file.seekable():
            kept = files.enter_context(tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY))
            shutil.copyfileobj(file, kept)
            file = kept
        file.seek(0)
        yield file


def as_text(path: Path, file: IO[bytes]) -> TextIO:
    """A file as text: UTF-8, or what its byte order mark says."""
    file.seek(0)
    is_utf16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    file.seek(0)
    if not is_utf16:
        for line_no, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                text = f"{path} is not UTF-8: line {line_no}"
                raise UsageError(text, "Save it as UTF-8.") from error
        file.seek(0)
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    return io.TextIOWrapper(file, encoding=encoding, newline="")


@dataclass(frozen=True)
class Record:
    """What stands in a file from one line on, and what keeps it from being fields."""

    line_no: int
    fields: list[str]
    fault: str | None = None

    def fault_under(self, width: int) -> str | None:
        """What keeps it from being a record below a header of so many columns."""
        if self.fault is None and len(self.fields) != width:
            return f"has {len(self.fields)} fields, the header has {width}"
        if self.fault is None and any("\0" in field for field in self.fields):
            return "holds a NUL character"
        return self.fault


def records_of(text: Iterable[str]) -> Iterator[Record]:
    """The records of a file; those of several lines under the number of the first."""
    reader = csv.reader(text, strict=True)
    while True:
        line_no = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line_no, [], f"is not CSV: {error}")
        else:
            if fields:
                yield Record(line_no, fields)


def header_of(
    path: Path, record: Record | None, required: Sequence[str], optional: Sequence[str]
) -> list[str]:
    """The names of the columns, as they are called here.

    Raises:
        UsageError: A column lacks, or is there twice.
    """
    given = [name.strip().lower() for name in record.fields] if record else []
    names = [ALIASES.get(name, name) for name in given]
    if "bidofferpairid" in given and "farm_id" not in names:  # the stack of Elexon's API
        names = ["farm_id" if name == "id" else name for name in names]
    missing = [name for name in required if name not in names]
    if missing:
        fault = [record.fault] if record and record.fault else ["(empty)"]
        raise UsageError(
            f"{path} has no column {', '.join(missing)}", must_name_columns(given or fault)
        )
    twice = [name for name in (*required, *optional) if names.count(name) > 1]
    if twice:
        raise UsageError(f"{path} has column {', '.join(twice)} twice", "Rename or remove one.")
    return names


def must_name_columns(found: Sequence[str]) -> str:
    """The next step where the first line does not name the columns that are needed."""
    text = ", ".join(found)
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} ..."
    return f"Its first line must name the columns; it reads: {shown}"


def csv_lines(
    path: Path, required: Sequence[str], optional: Sequence[str]
) -> list[dict[str, str | int | None]]:
    """The lines of a CSV file with a header as objects of texts, with line_no and fault.

    Raises:
        UsageError: There is no such file, it is not CSV, or lacks a column.
    """
    with readable(path), opened(path) as file, as_text(path, file) as text:
        records = records_of(text)
        header = header_of(path, next(records, None), required, optional)
        names = [name for name in (*required, *optional) if name in header]
        lines: list[dict[str, str | int | None]] = []
        for record in records:
            fault = record.fault_under(len(header))
            line: dict[str, str | int | None] = {"line_no": record.line_no, "fault": fault}
            if fault is None:
                line |= {name: record.fields[header.index(name)].strip() or None for name in names}
            lines.append(line)
    return lines
