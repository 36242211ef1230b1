"""Opening the progress database: made whole or not at all, migrated, rescued where damaged.

At every instant the database's name stands for a whole file: a new one is built beside it and
renamed, so that neither a crash nor a second session ever meets an empty or half-made one.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator

from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.store.paths import Places
from tutor.store.rescue import Saved, damage, newest_copy, salvage, set_aside, uri

PATIENCE = 5.0
"""Seconds to wait for another session's write."""


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


def open_database(
    places: Places, *, make_folder: bool = True, patience: float = PATIENCE
) -> tuple[sqlite3.Connection, list[str]]:
    """Open for writing, with sentences for the learner about whatever was found wrong.

    Args:
        places: Where the database lies.
        make_folder: Whether a missing data folder is made: a home that vanished is no first use.
        patience: Seconds to wait for another session.

    Raises:
        OSError: If the folder or file cannot be written.
        sqlite3.Error: If the database cannot be opened.
        TutorError: If it was written by a newer tutor.
    """
    if make_folder:
        places.data.mkdir(parents=True, exist_ok=True)
    notices = []
    with _alone(places, patience):
        if not places.database.exists():
            _build(places, Saved())
            if newest_copy(places.copies):
                notices.append(
                    "There was no progress file, so you begin anew. Copies of an earlier one lie "
                    f"in {visible(str(places.copies))}; to take one back, quit and put it in the "
                    f"place of {visible(str(places.database))}."
                )
        elif found := damage(places.database):
            notices.append(_rescue(places, found))
    connection = sqlite3.connect(
        uri(places.database, "rw"), uri=True, timeout=patience, isolation_level=None
    )
    try:
        # No WAL: homes lie on network file systems, where it loses data.
        connection.execute("PRAGMA journal_mode=TRUNCATE")
        connection.execute("PRAGMA synchronous=FULL")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection, notices


def open_for_reading(places: Places) -> sqlite3.Connection | None:
    """Where nothing can be written, what was written before can often still be read."""
    # Where not even a lock can be had, `immutable` does without.
    for mode in ("ro", "ro&immutable=1"):
        with contextlib.suppress(sqlite3.Error):
            connection = sqlite3.connect(uri(places.database, mode), uri=True, timeout=PATIENCE)
            try:
                connection.execute("SELECT max(id) FROM facts").fetchone()
            except sqlite3.Error:
                connection.close()
                raise
            return connection
    return None


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest version, in one transaction.

    Raises:
        TutorError: If it was written by a newer tutor; it is left as it is.
    """
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise TutorError(
                f"Your progress was written by a newer dlwalk-tutor (format {version}).",
                "Update this one, or set DLWALK_HOME to another folder to begin anew there.",
            )
        if version < len(MIGRATIONS):
            for step in MIGRATIONS[version:]:
                step(connection)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it is on the disk afterwards, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _alone(places: Places, patience: float) -> Iterator[None]:
    """No other session makes or rescues the database meanwhile."""
    until = time.monotonic() + patience
    with (places.data / "progress.lock").open("ab") as file:
        while True:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EAGAIN) or time.monotonic() > until:
                    raise
                time.sleep(0.01)
        yield


def _build(places: Places, saved: Saved) -> None:
    """Make a whole database beside the old one and let it take its place."""
    beside = places.data / f".progress-{secrets.token_hex(4)}.sqlite"
    try:
        with contextlib.closing(
            sqlite3.connect(uri(beside, "rwc"), uri=True, isolation_level=None)
        ) as connection:
            migrate(connection)
            with transaction(connection):
                connection.executemany(
                    "INSERT INTO facts VALUES (?, ?, ?, ?)",
                    [saved.facts[number] for number in sorted(saved.facts)],
                )
                connection.executemany(
                    "INSERT INTO drafts VALUES (?, ?, ?)",
                    [(*key, body) for key, body in saved.drafts.items()],
                )
                connection.executemany(
                    "INSERT INTO settings VALUES (?, ?)", list(saved.settings.items())
                )
        beside.replace(places.database)
    finally:
        for left in places.data.glob(f"{beside.name}*"):
            left.unlink(missing_ok=True)
    folder = os.open(places.data, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name too outlives a power cut
    finally:
        os.close(folder)


def _first_page() -> bytes:
    """Page 1 of a new database."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        return connection.serialize()[:size]


def _rescue(places: Places, found: str) -> str:
    """Set the damaged file aside, save what it and the newest copy hold; says so."""
    first_page = _first_page()
    saved = salvage(places.database, first_page)
    own = len(saved.facts)
    copy = newest_copy(places.copies)
    if copy is not None:
        saved = saved.over(salvage(copy, first_page))
    aside = set_aside(places.database, places.copies)
    _build(places, saved)
    more = f" and {len(saved.facts) - own} from the newest copy" if copy is not None else ""
    return (
        f"Your progress file was damaged ({found}). {own} entries were saved from it{more}; "
        f"the damaged file is kept as {visible(str(aside))}."
    )
