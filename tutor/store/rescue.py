"""A damaged database is kept aside and what can be read of it is saved, never replaced in silence."""

import contextlib
import sqlite3
import time
from pathlib import Path

HEADER = b"SQLite format 3\x00"
Saved = tuple[int, float, str, str]
"""id, at, course, body of a fact."""


def damage(path: Path) -> str:
    """Why a database file cannot be used, in a few words; empty where it can."""
    size = path.stat().st_size
    if size == 0:
        return "it is empty"
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            return "it is no database"
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=5)
    try:
        # quick_check raises on some damage and reports other damage as rows.
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
        return "" if found and found[0] == "ok" else "parts of it are damaged"
    except sqlite3.OperationalError as error:
        # A lock or a missing permission is no damage.
        if "locked" in str(error) or "readonly" in str(error) or "unable to open" in str(error):
            return ""
        return "parts of it are damaged"
    except sqlite3.DatabaseError:
        return "parts of it are damaged"
    finally:
        connection.close()


def set_aside(path: Path, copies: Path) -> Path:
    """Move a damaged file out of the way, under a name of its own."""
    copies.mkdir(parents=True, exist_ok=True)
    aside = (
        copies / f"damaged-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10_000:04d}.sqlite"
    )
    path.rename(aside)
    journal = path.with_name(path.name + "-journal")
    if journal.exists():
        journal.rename(aside.with_name(aside.name + "-journal"))
    return aside


def salvage(path: Path) -> list[Saved]:
    """Every fact that can still be read, row by row: a damaged page ends a scan, not a look-up."""
    rows: dict[int, Saved] = {}
    with contextlib.suppress(sqlite3.DatabaseError):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        with contextlib.closing(connection):
            for row in _scan(connection, "ASC"):
                rows[row[0]] = row
            for row in _scan(connection, "DESC"):
                rows[row[0]] = row
            if rows:
                for number in range(min(rows), max(rows) + 1):
                    if number not in rows:
                        _look_up(connection, number, rows)
    return [rows[number] for number in sorted(rows)]


def _scan(connection: sqlite3.Connection, way: str) -> list[Saved]:
    found: list[Saved] = []
    with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        query = f"SELECT id, at, course, body FROM facts ORDER BY id {way}"
        for row in connection.execute(query):
            found.append(row)  # noqa: PERF402  # what was read before the damage must be kept
    return found


def _look_up(connection: sqlite3.Connection, number: int, rows: dict[int, Saved]) -> None:
    with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        query = "SELECT id, at, course, body FROM facts WHERE id = ?"
        for row in connection.execute(query, (number,)):
            rows[row[0]] = row


def newest_copy(copies: Path) -> Path | None:
    """The newest whole copy, if there is one."""
    for path in sorted(copies.glob("progress-*.sqlite"), reverse=True):
        with contextlib.suppress(OSError):
            if not damage(path):
                return path
    return None


def keep_copy(connection: sqlite3.Connection, copies: Path, keep: int = 3) -> None:
    """One copy a day, the newest few kept."""
    today = copies / f"progress-{time.strftime('%Y%m%d')}.sqlite"
    if today.exists() or connection.execute("SELECT 1 FROM facts LIMIT 1").fetchone() is None:
        return
    copies.mkdir(parents=True, exist_ok=True)
    connection.execute("VACUUM INTO ?", (str(today),))
    for old in sorted(copies.glob("progress-*.sqlite"))[:-keep]:
        old.unlink(missing_ok=True)
