"""Whether the process of a run is alive: it holds a lock for as long as it lives."""

import fcntl
import os
import socket
import struct
import sys
import time
from pathlib import Path

import msgspec

from tutor.core.protocol import Failed, Finished, Hello, decode_event

STARTING_SECONDS = 20.0
"""How long a run may take to appear before it counts as dead."""


def locked(folder: Path) -> bool:
    """Whether a process holds the run's lock."""
    try:
        number = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        return _asked(number) if sys.platform == "linux" else _tried(number)
    finally:
        os.close(number)


def _asked(number: int) -> bool:
    """Ask the kernel who holds the lock, without taking it."""
    question = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    answer = fcntl.fcntl(number, fcntl.F_GETLK, question)
    return bool(struct.unpack("hhqqi", answer)[0] != fcntl.F_UNLCK)


def _tried(number: int) -> bool:
    """Where the question has another layout: a lock that can be taken is given back at once.

    The run process waits for its own lock, so this look never costs it the lock.
    """
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def exit_code(folder: Path) -> int | None:
    """The exit code, where the worker that started the run saw it end."""
    try:
        return int((folder / "exit").read_text())
    except (OSError, ValueError):
        return None


def state(folder: Path) -> str:
    """`live`, `ended` (it said how it went), `dead` (it did not), or `elsewhere:HOST`."""
    if locked(folder):
        return "live"
    first, last = _ends(folder)
    if isinstance(last, Finished | Failed):
        return "ended"
    if exit_code(folder) is not None:
        return "dead"
    if isinstance(first, Hello) and first.host not in ("", socket.gethostname()):
        return f"elsewhere:{first.host}"
    if first is None and _age(folder) < STARTING_SECONDS:
        return "live"
    return "dead"


def _age(folder: Path) -> float:
    try:
        return time.time() - (folder / "request.json").stat().st_mtime
    except OSError:
        return float("inf")


def _ends(folder: Path) -> tuple[object, object]:
    """The first and the last event of a run, as far as they can be read."""
    try:
        with (folder / "events.jsonl").open("rb") as file:
            head = file.readline()
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65536))
            tail = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:
        return None, None
    return _decoded(head), _decoded(tail)


def _decoded(line: bytes) -> object:
    try:
        return decode_event(line)
    except msgspec.DecodeError:
        return None
