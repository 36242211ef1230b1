"""The progress database: facts are only ever added, and none that was acknowledged is lost."""

import contextlib
import sqlite3
import time

import msgspec

from tutor.core.errors import TutorError
from tutor.core.facts import Fact, Row
from tutor.store.opening import PATIENCE, open_database, open_for_reading, transaction
from tutor.store.paths import Places
from tutor.store.rescue import keep_copy

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Fact).decode
_READ = {
    "drafts": "SELECT body FROM drafts WHERE course = ? AND block = ?",
    "settings": "SELECT value FROM settings WHERE key = ?",
}
_WRITE = {
    "drafts": "INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)",
    "settings": "INSERT OR REPLACE INTO settings VALUES (?, ?)",
}
_FAILURES = (OSError, sqlite3.Error, TutorError)
_IMPATIENT = 0.1
"""Seconds to wait for a lock once a write has failed: drafts are saved on every key."""


class ProgressStore:
    """Facts, drafts and settings of one learner, safe with two sessions open.

    Where nothing can be written, everything is kept in memory, the learner is told once, and every
    later write tries the file again first.

    Attributes:
        notices: Sentences the learner should see; grows when something happens later.
        read_only: Whether what is new is only in memory at present.
        renumbered: Whether facts kept in memory were written under other ids than they were first
            given, because another session wrote meanwhile: a fold over them must begin anew.
    """

    def __init__(self, places: Places) -> None:
        self.notices: list[str] = []
        self.read_only = False
        self.renumbered = False
        self._places = places
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._was_open = False
        self._facts: list[Row] = []
        self._notes: dict[tuple[str, ...], str] = {}
        self._known = 0

    @classmethod
    def open(cls, places: Places) -> "ProgressStore":
        """Open the database, making it at first use.

        Raises:
            TutorError: If it was written by a newer tutor.
        """
        store = cls(places)
        try:
            store._open()
        except (OSError, sqlite3.Error) as error:
            store._failed(error)
            store._connection = open_for_reading(places)
        else:
            store._copy()
        return store

    # --- facts ----------------------------------------------------------------------------------

    def append(self, course: str, fact: Fact) -> Row:
        """Write a fact down. It is on the disk when this returns, or in memory with a notice.

        Raises:
            TutorError: If it holds text that no file can hold.
        """
        try:
            _encode(fact)
        except UnicodeEncodeError as error:
            raise TutorError(
                "That holds characters that cannot be written down.", "Type it again without them."
            ) from error
        self._facts.append(Row(id=0, at=time.time(), course=course, fact=fact))
        written = self._write()
        if written is None:
            # An id of its own until the file gives it one.
            written = msgspec.structs.replace(self._facts[-1], id=self._known + 1)
            self._facts[-1] = written
        self._known = written.id
        return written

    def rows(self, course: str) -> list[Row]:
        """Every fact of a course, in the order it was written."""
        return self.rows_after(course, 0)

    def rows_after(self, course: str, row_id: int) -> list[Row]:
        """The facts of a course that were written after a row, by whatever session."""
        query = "SELECT id, at, course, body FROM facts WHERE course = ? AND id > ? ORDER BY id"
        rows = []
        with contextlib.suppress(*_FAILURES):
            for number, at, name, body in self._followed().execute(query, (course, row_id)):
                self._known = max(self._known, number)
                # A fact of a kind that this version does not know stays in the file, unread.
                with contextlib.suppress(msgspec.DecodeError):
                    rows.append(Row(id=number, at=at, course=name, fact=_decode(body)))
        return rows + [row for row in self._facts if row.course == course and row.id > row_id]

    # --- drafts and settings ----------------------------------------------------------------------

    def draft(self, course: str, block: str) -> str | None:
        """What the learner was writing in a block."""
        return self._note("drafts", course, block)

    def save_draft(self, course: str, block: str, text: str) -> None:
        """Keep what is being written."""
        self._keep_note(text, "drafts", course, block)

    def setting(self, key: str) -> str | None:
        """A setting, or None."""
        return self._note("settings", key)

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting."""
        self._keep_note(value, "settings", key)

    def _note(self, table: str, *key: str) -> str | None:
        if (table, *key) in self._notes:
            return self._notes[table, *key]
        with contextlib.suppress(*_FAILURES):
            found = self._followed().execute(_READ[table], key).fetchone()
            return str(found[0]) if found else None
        return None

    def _keep_note(self, text: str, table: str, *key: str) -> None:
        self._notes[table, *key] = text.encode("utf-8", "replace").decode()
        self._write()

    # --- writing ----------------------------------------------------------------------------------

    def _write(self) -> Row | None:
        """Write all that waits in one transaction; the last fact as written, None on failure."""
        try:
            written = self._flush()
        except _FAILURES as error:
            self._failed(error)
            return None
        self.read_only = False
        return written

    def _flush(self) -> Row | None:
        if self.read_only:
            self._open()
        connection = self._followed()
        written: list[Row] = []
        with transaction(connection):
            top = connection.execute("SELECT max(id) FROM facts").fetchone()[0] or 0
            for row in self._facts:
                top = max(top + 1, row.id)
                body = _encode(row.fact).decode()
                connection.execute(
                    "INSERT INTO facts (id, at, course, body) VALUES (?, ?, ?, ?)",
                    (top, row.at, row.course, body),
                )
                written.append(msgspec.structs.replace(row, id=top))
            for (table, *key), text in self._notes.items():
                connection.execute(_WRITE[table], (*key, text))
        self.renumbered |= any(
            kept.id not in (0, row.id) for kept, row in zip(self._facts, written, strict=True)
        )
        self._facts.clear()
        self._notes.clear()
        return written[-1] if written else None

    def _failed(self, error: Exception) -> None:
        if not self.read_only:
            words = getattr(error, "strerror", None) or str(error)
            self.notices.append(
                f"Your progress cannot be written at present ({words}). It is kept in memory and "
                "written as soon as it can be; make room, or set DLWALK_HOME to a folder you may "
                "write to."
            )
        self.read_only = True

    def _open(self) -> None:
        patience = _IMPATIENT if self.read_only else PATIENCE
        connection, notices = open_database(
            self._places, make_folder=not self._was_open, patience=patience
        )
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        if self._connection is not None:
            self._connection.close()
        self._connection = connection
        self._file = _identity(self._places)
        self._was_open = True
        self.notices.extend(notices)

    def _followed(self) -> sqlite3.Connection:
        """The connection; a new one where another session put a rescued file in the old's place."""
        if self._was_open and _identity(self._places) != self._file:
            self._open()
        if self._connection is None:
            raise sqlite3.OperationalError("there is no progress file")
        return self._connection

    def close(self) -> None:
        """Write what waits, if it can be written, and close the file."""
        if self._facts or self._notes:
            self._write()
        self._copy()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _copy(self) -> None:
        """A copy is a kindness; where it fails the learner goes on."""
        if self._connection is not None and not self.read_only:
            with contextlib.suppress(sqlite3.Error, OSError):
                keep_copy(self._connection, self._places.copies)


def _identity(places: Places) -> tuple[int, int] | None:
    """Which file stands there; None where there is none."""
    try:
        found = places.database.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
