"""A damaged database is kept aside and what can be read of it is saved, never replaced in silence."""

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

HEADER = b"SQLite format 3\x00"
MOST_LOOK_UPS = 100_000
"""Ids asked for one by one; a damaged page can claim ids beyond any that were written."""
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            return "it is no database"
    with contextlib.closing(sqlite3.connect(uri(path, "rw"), uri=True, timeout=5)) as connection:
        try:
            # quick_check raises on some damage and reports other damage as rows.
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT:
                return "parts of it are damaged"
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


def salvage(path: Path) -> Saved:
    """Whatever can still be read, row by row: a damaged page ends a scan, not a look-up."""
    saved = Saved()
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(uri(path, "ro"), uri=True)) as connection,
    ):
        facts = "SELECT id, at, course, body FROM facts"
        for query in (f"{facts} ORDER BY id", f"{facts} ORDER BY id DESC"):
            _take(saved, _rows(connection, query))
        if saved.facts:
            missing = (n for n in range(1, max(saved.facts)) if n not in saved.facts)
            for _, number in zip(range(MOST_LOOK_UPS), missing, strict=False):
                _take(saved, _rows(connection, f"{facts} WHERE id = ?", number))
        for course, block, body in _rows(connection, "SELECT course, block, body FROM drafts"):
            if all(isinstance(each, str) for each in (course, block, body)):
                saved.drafts[course, block] = body
        for key, value in _rows(connection, "SELECT key, value FROM settings"):
            if isinstance(key, str) and isinstance(value, str):
                saved.settings[key] = value
    return saved


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
