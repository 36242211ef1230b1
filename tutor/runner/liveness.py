"""Whether the process of a run is alive: it holds a lock for as long as it lives.

Where nobody can be asked about locks (some network disks), or where somebody deleted the file, the
process itself is looked for: by pid, start, boot and host.
"""

import fcntl
import os
import struct
import sys
import time
from pathlib import Path

from tutor.core.protocol import Event, Failed, Finished, Hello, decode_event
from tutor.runner import cluster, identity
from tutor.runner.identity import Identity

STARTING_SECONDS = 20.0
"""How long a run that nobody has set his hand to may take to appear before it counts as dead."""
END_BYTES = 65536


def locked(folder: Path) -> bool | None:
    """Whether a process holds the run's lock; None where that cannot be asked."""
    try:
        number = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return None
    try:
        return _asked(number) if sys.platform == "linux" else _tried(number)
    except OSError:
        return None
    finally:
        os.close(number)


def _asked(number: int) -> bool:
    """Ask the kernel who holds the lock, without taking it. Raises OSError where it cannot say."""
    question = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    answer = fcntl.fcntl(number, fcntl.F_GETLK, question)
    return bool(struct.unpack("hhqqi", answer)[0] != fcntl.F_UNLCK)


def _tried(number: int) -> bool:
    """Where the question has another layout: a lock that can be taken is given back at once.

    The run process waits for its own lock, so this look never costs it the lock.
    """
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    return False


def exit_code(folder: Path) -> int | None:
    """The exit code, where the worker that started the run saw it end."""
    try:
        return int((folder / "exit").read_text())
    except (OSError, ValueError):
        return None


def state(folder: Path) -> str:
    """`live`, `ended` (it said how it went), `dead` (it did not), `elsewhere:HOST`, or `queued:JOB`.

    A run of another machine that has not ended is `elsewhere`, whatever its lock says: this machine
    can neither signal its process nor see it die.
    """
    held = locked(folder)
    who = process_of(folder)
    abroad = who is not None and not who.here
    if held and not abroad:
        return "live"
    if isinstance(last_event(folder), Finished | Failed):
        return "ended"
    if exit_code(folder) is not None:
        return "dead"
    job = cluster.job_of(folder)
    if job is not None and (job.over or who is None):
        return "dead" if job.over else f"queued:{job.id}"
    if who is None:
        return "live" if _young(folder) else "dead"
    if abroad:
        return f"elsewhere:{who.host}"
    return "live" if who.alive else "dead"


def process_of(folder: Path) -> Identity | None:
    """The process of a run, as it said itself, else as whoever started it noted."""
    try:
        with (folder / "events.jsonl").open("rb") as file:
            hello = _decoded(file.readline(END_BYTES))
    except OSError:
        hello = None
    return identity.of_hello(hello) if isinstance(hello, Hello) else identity.noted(folder)


def _young(folder: Path) -> bool:
    """Whether a run was asked for a moment ago; a clock that jumped makes it old, never young."""
    try:
        return abs(time.time() - (folder / "request.json").stat().st_mtime) < STARTING_SECONDS
    except OSError:
        return False


def last_event(folder: Path) -> Event | None:
    """The last event of a run that can be read; whatever was left of a line behind it is not."""
    try:
        with (folder / "events.jsonl").open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - END_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return None
    return next((event for line in reversed(lines) if (event := _decoded(line))), None)


def _decoded(line: bytes) -> Event | None:
    try:
        return decode_event(line)
    except ValueError:
        return None
