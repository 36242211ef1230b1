"""A damaged database is kept aside and what can be read of it is saved, never replaced in silence."""

import contextlib
import itertools
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

MOST_LOOK_UPS = 100_000
"""Ids asked for one by one; a damaged page can claim ids beyond any that were written."""
_PAGE_COUNT = 28
"""Where a header says how many pages there are, in four bytes."""
_CORRUPT = {
    sqlite3.SQLITE_CORRUPT: "parts of it are damaged",
    sqlite3.SQLITE_NOTADB: "it is no database",
}


class Saved(Struct):
    """What could be read of a database, as rows of its tables."""

    facts: dict[int, tuple[int, float, str, str]] = field(default_factory=dict)
    """id, at, course, body."""
    drafts: dict[tuple[str, str], str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def over(self, older: "Saved") -> "Saved":
        """This with whatever only an older copy has."""
        return Saved(
            facts={**older.facts, **self.facts},
            drafts={**older.drafts, **self.drafts},
            settings={**older.settings, **self.settings},
        )


def uri(path: Path, mode: str) -> str:
    """A SQLite address, whatever characters the path holds."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def damage(path: Path) -> str:
    """Why a database file cannot be used, in a few words; empty where it can.

    A lock, a missing permission or a failing disk is no damage: those raise.
    """
    if path.stat().st_size == 0:
        return "it is empty"
    # SQLite looks first: a write that was cut short it undoes from its journal.
    with contextlib.closing(sqlite3.connect(uri(path, "rw"), uri=True, timeout=5)) as connection:
        try:
            # quick_check raises on some damage and reports other damage as rows.
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if said := _CORRUPT.get(getattr(error, "sqlite_errorcode", 0) & 0xFF):
                return said
            raise
    return "" if found and found[0] == "ok" else "parts of it are damaged"


def set_aside(path: Path, copies: Path) -> Path:
    """Keep a damaged file under a name of its own; it also stays in its place until replaced."""
    copies.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = copies / f"damaged-{stamp}-{time.time_ns() % 10**9:09d}.sqlite"
    try:
        os.link(path, aside)
    except OSError:  # a file system without links
        shutil.copy2(path, aside)
    # A journal left behind would be rolled back into the database that takes this one's place.
    journal = path.with_name(path.name + "-journal")
    if journal.exists():
        journal.rename(aside.with_name(aside.name + "-journal"))
    return aside


def salvage(path: Path, first_page: bytes) -> Saved:
    """Whatever can still be read of a database.

    Args:
        path: The file.
        first_page: Page 1 of a new database. It says where the tables begin, which is the same in
            all of them, and stands in where the file's own is damaged.
    """
    saved = Saved()
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(uri(path, "ro"), uri=True)) as connection,
    ):
        _read(saved, connection)
    if not saved.facts:
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(":memory:")) as connection,
        ):
            connection.deserialize(_with_first_page(path.read_bytes(), first_page))
            _read(saved, connection)
    return saved


def _with_first_page(raw: bytes, first_page: bytes) -> bytes:
    """The bytes of a database with another page 1, which is told how many pages there are."""
    size = len(first_page)
    count = max(1, -(-len(raw) // size))
    told = count.to_bytes(4, "big")
    first_page = first_page[:_PAGE_COUNT] + told + first_page[_PAGE_COUNT + 4 :]
    return first_page + raw[size:].ljust((count - 1) * size, b"\x00")


def _read(saved: Saved, connection: sqlite3.Connection) -> None:
    """Row by row: a damaged page ends a scan, not a look-up."""
    # Without it a file that was cut short is not read at all.
    connection.execute("PRAGMA writable_schema = ON")
    facts = "SELECT id, at, course, body FROM facts"
    for query in (f"{facts} ORDER BY id", f"{facts} ORDER BY id DESC"):
        _take(saved, _rows(connection, query))
    last = max(saved.facts, default=0)
    for (number,) in _rows(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'facts'"):
        last = max(last, number) if isinstance(number, int) else last
    missing = (number for number in range(1, last + 1) if number not in saved.facts)
    for number in itertools.islice(missing, MOST_LOOK_UPS):
        _take(saved, _rows(connection, f"{facts} WHERE id = ?", number))
    for course, block, body in _rows(connection, "SELECT course, block, body FROM drafts"):
        if all(isinstance(each, str) for each in (course, block, body)):
            saved.drafts[course, block] = body
    for key, value in _rows(connection, "SELECT key, value FROM settings"):
        if isinstance(key, str) and isinstance(value, str):
            saved.settings[key] = value


def _rows(connection: sqlite3.Connection, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
    with contextlib.suppress(sqlite3.Error):
        yield from connection.execute(query, values)


def _take(saved: Saved, rows: Iterator[tuple[Any, ...]]) -> None:
    """Take in the facts among rows; what a damaged page makes up is not one."""
    for number, at, course, body in rows:
        if isinstance(number, int) and isinstance(at, float) and isinstance(course, str):
            with contextlib.suppress(msgspec.DecodeError, TypeError):
                msgspec.json.decode(body, type=dict[str, Any])
                saved.facts[number] = (number, at, course, body)


def newest_copy(copies: Path) -> Path | None:
    """The newest whole copy, if there is one."""
    for path in sorted(copies.glob("progress-*.sqlite"), reverse=True):
        with contextlib.suppress(OSError, sqlite3.Error):
            if not damage(path):
                return path
    return None


def keep_copy(connection: sqlite3.Connection, copies: Path, keep: int = 3) -> None:
    """One copy a day, the newest few kept."""
    today = copies / f"progress-{time.strftime('%Y%m%d', time.gmtime())}.sqlite"
    if today.exists() or connection.execute("SELECT 1 FROM facts LIMIT 1").fetchone() is None:
        return
    copies.mkdir(parents=True, exist_ok=True)
    beside = copies / f".copying-{os.getpid()}-{time.time_ns()}.sqlite"
    try:
        connection.execute("VACUUM INTO ?", (str(beside),))
        beside.replace(today)
    finally:
        beside.unlink(missing_ok=True)
    for old in sorted(copies.glob("progress-*.sqlite"))[:-keep]:
        old.unlink(missing_ok=True)
