"""The progress database: facts are only ever added, and none that was acknowledged is lost."""

import contextlib
import sqlite3
import time
from collections.abc import Callable

import msgspec

from tutor.core.errors import TutorError
from tutor.core.progress import Fact, Row
from tutor.store.paths import Places
from tutor.store.rescue import Saved, damage, keep_copy, newest_copy, salvage, set_aside

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Fact).decode


def _first(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE facts (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
        " course TEXT NOT NULL, body TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX facts_course ON facts (course, id)")
    connection.execute(
        "CREATE TABLE drafts (course TEXT, block TEXT, body TEXT, PRIMARY KEY (course, block))"
    )
    connection.execute("CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT)")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first,)
"""Step i brings a database of version i to version i + 1."""


class ProgressStore:
    """Facts, drafts and settings of one learner, safe with two sessions open.

    Where nothing can be written, facts are kept in memory, the learner is told once, and every
    later write tries the file again first.

    Attributes:
        notices: Sentences the learner should see.
        read_only: Whether facts are only in memory at present.
    """

    def __init__(self, places: Places, connection: sqlite3.Connection | None) -> None:
        self._places = places
        self._connection = connection
        self.notices: list[str] = []
        self._waiting: list[tuple[float, str, Fact]] = []
        self._memory: dict[tuple[str, str], str] = {}
        self._next = 0

    @classmethod
    def open(cls, places: Places) -> "ProgressStore":
        """Open the database, making it at first use.

        Raises:
            TutorError: If it was written by a newer tutor.
        """
        notices: list[str] = []
        connection: sqlite3.Connection | None = None
        saved: list[Saved] = []
        try:
            if places.database.exists():
                saved, notices = _rescue(places)
            connection = _connect(places)
            _restore(connection, saved)
            with contextlib.suppress(sqlite3.Error, OSError):
                keep_copy(connection, places.copies)
        except (OSError, sqlite3.Error) as error:
            notices.append(_cannot(error))
            connection = _reading(places)
        store = cls(places, connection)
        store.notices = notices
        store.read_only = bool(notices) and connection is None
        return store

    read_only: bool = False

    # --- facts ----------------------------------------------------------------------------------

    def append(self, course: str, fact: Fact) -> Row:
        """Write a fact down. It is on the disk when this returns, or in memory with a notice."""
        at = time.time()
        self._waiting.append((at, course, fact))
        try:
            row_id = self._flush()
            self.read_only = False
        except (OSError, sqlite3.Error) as error:
            if not self.read_only:
                self.notices.append(_cannot(error))
            self.read_only = True
            row_id = self._last_id() + len(self._waiting)
        self._next = max(self._next, row_id)
        return Row(id=row_id, at=at, course=course, fact=fact)

    def _flush(self) -> int:
        connection = self._writable()
        row_id = 0
        connection.execute("BEGIN IMMEDIATE")
        try:
            for at, course, fact in self._waiting:
                body = _encode(fact).decode()
                done = connection.execute(
                    "INSERT INTO facts (at, course, body) VALUES (?, ?, ?)", (at, course, body)
                )
                row_id = done.lastrowid or 0
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        self._waiting.clear()
        return row_id

    def _writable(self) -> sqlite3.Connection:
        if self._connection is None or not self._places.database.exists():
            self._connection = _connect(self._places)
        return self._connection

    def _last_id(self) -> int:
        if self._connection is None:
            return self._next
        with contextlib.suppress(sqlite3.Error):
            found = self._connection.execute("SELECT max(id) FROM facts").fetchone()
            return max(self._next, found[0] or 0)
        return self._next

    def rows(self, course: str) -> list[Row]:
        """Every fact of a course, in the order it was written."""
        return self.rows_after(course, 0)

    def rows_after(self, course: str, row_id: int) -> list[Row]:
        """The facts of a course that were written after a row, by whatever session."""
        if self._connection is None:
            return []
        query = "SELECT id, at, course, body FROM facts WHERE course = ? AND id > ? ORDER BY id"
        try:
            found = self._connection.execute(query, (course, row_id)).fetchall()
        except sqlite3.Error:
            return []
        rows = []
        for number, at, name, body in found:
            # A fact of a kind that this version does not know stays in the file, unread.
            with contextlib.suppress(msgspec.DecodeError):
                rows.append(Row(id=number, at=at, course=name, fact=_decode(body)))
        return rows

    # --- drafts and settings ----------------------------------------------------------------------

    def draft(self, course: str, block: str) -> str | None:
        """What the learner was writing in a block."""
        return self._one("SELECT body FROM drafts WHERE course = ? AND block = ?", (course, block))

    def save_draft(self, course: str, block: str, text: str) -> None:
        """Keep what is being written."""
        self._put("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)", (course, block, text))

    def setting(self, key: str) -> str | None:
        """A setting, or None."""
        return self._one("SELECT value FROM settings WHERE key = ?", (key,))

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting."""
        self._put("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    def _one(self, query: str, key: tuple[str, ...]) -> str | None:
        kept = self._memory.get((query.split()[3], "/".join(key)))
        if kept is not None or self._connection is None:
            return kept
        with contextlib.suppress(sqlite3.Error):
            found = self._connection.execute(query, key).fetchone()
            return str(found[0]) if found else None
        return None

    def _put(self, query: str, values: tuple[str, ...]) -> None:
        place = (query.split()[4], "/".join(values[:-1]))
        try:
            self._writable().execute(query, values)
            self._memory.pop(place, None)
        except (OSError, sqlite3.Error) as error:
            self._memory[place] = values[-1]
            if not self.read_only:
                self.notices.append(_cannot(error))
            self.read_only = True

    def close(self) -> None:
        """Write what waits, if it can be written, and close the file."""
        if self._waiting:
            with contextlib.suppress(OSError, sqlite3.Error):
                self._flush()
        if self._connection is not None:
            with contextlib.suppress(OSError, sqlite3.Error):
                keep_copy(self._connection, self._places.copies)
            self._connection.close()
            self._connection = None


# --- opening --------------------------------------------------------------------------------------


def _connect(places: Places) -> sqlite3.Connection:
    """Open for writing; the file is made only where there is none."""
    places.data.mkdir(parents=True, exist_ok=True)
    mode = "rw" if places.database.exists() else "rwc"
    connection = sqlite3.connect(
        f"{places.database.as_uri()}?mode={mode}", uri=True, timeout=5, isolation_level=None
    )
    try:
        # No WAL: homes lie on network file systems, where it loses data.
        connection.execute("PRAGMA journal_mode=TRUNCATE")
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _reading(places: Places) -> sqlite3.Connection | None:
    """Where nothing can be written, what was written before can often still be read."""
    with contextlib.suppress(sqlite3.Error, OSError):
        if places.database.exists():
            uri = f"{places.database.as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True)
            connection.execute("SELECT max(id) FROM facts").fetchone()
            return connection
    return None


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise TutorError(
                f"Your progress was written by a newer dlwalk-tutor (format {version}).",
                "Update this one, or set DLWALK_HOME to another folder to begin anew there.",
            )
        for step in MIGRATIONS[version:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _rescue(places: Places) -> tuple[list[Saved], list[str]]:
    """Look at the file before it is opened; set a damaged one aside and save what it holds."""
    found = damage(places.database)
    if not found:
        return [], []
    aside = set_aside(places.database, places.copies)
    saved = salvage(aside)
    copy = newest_copy(places.copies)
    from_copy = salvage(copy) if copy is not None else []
    together = {row[0]: row for row in [*from_copy, *saved]}
    notice = (
        f"Your progress file was damaged ({found}). {len(together)} entries were saved from it"
        f"{' and from a copy' if from_copy else ''}; the damaged file is kept as {aside.name}."
    )
    return [together[number] for number in sorted(together)], [notice]


def _restore(connection: sqlite3.Connection, saved: list[Saved]) -> None:
    if not saved:
        return
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)", saved)
    connection.execute("COMMIT")


def _cannot(error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error)
    return (
        f"Your progress cannot be written at present ({words}). It is kept in memory and written "
        "as soon as it can be; make room, or set DLWALK_HOME to a folder you may write to."
    )
