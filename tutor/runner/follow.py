"""Following a run through its folder: a live, a re-attached and a finished one alike."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec import Struct

from tutor.core.protocol import Event, Failed, Finished
from tutor.runner import cluster, ranks
from tutor.runner.control import stop_asked
from tutor.runner.exits import DISK_FULL, Exit, explain, stopped
from tutor.runner.liveness import exit_code, state
from tutor.runner.record import Reader
from tutor.runner.stuck import stuck_at

POLL_SECONDS = 0.02
PROBE_SECONDS = 0.25
"""How often a run that says nothing is asked whether it lives."""

CODE_LOOKS = 15
"""How often the exit code of a run is looked for that has just gone."""


class Gone(Struct, frozen=True):
    """The run's process is gone and left no record of its end."""

    exit: Exit
    code: int | None


class Damage(Struct, frozen=True):
    """Some lines of the record could not be read and were left out; said once, at the end."""

    lines: int


async def follow(folder: Path, poll: float = POLL_SECONDS) -> AsyncIterator[Event | Damage | Gone]:
    """Every event of a run from its first, until it ends.

    The last thing yielded is `Finished` or `Failed`, or `Gone` where the process left no such
    record; `Damage` comes before it where lines could not be read.
    """
    reader = Reader(folder)
    job = cluster.Look(folder)
    probed = time.monotonic()
    begun = gone = False
    while True:
        some = False
        for event in reader.read():
            some = True
            if isinstance(event, Finished | Failed):
                if reader.damaged:
                    yield Damage(reader.damaged)
                yield event
                return
            yield event
        if gone:
            damaged = reader.damaged + reader.unfinished
            if damaged:
                yield Damage(damaged)
            yield ending(folder)
            return
        if some:
            begun = True
            # A long record must not hold up the keys while it is read.
            await asyncio.sleep(0)
            continue
        now = time.monotonic()
        if now - probed > PROBE_SECONDS:
            probed = now
            await job.look()
            # What it wrote last is read once more before it is given up.
            gone = state(folder) in ("dead", "ended")
            if gone:
                await _code_written(folder)
                continue
        # Until the first line the learner is waiting for it.
        await asyncio.sleep(poll if begun else poll / 4)


async def _code_written(folder: Path) -> None:
    """Give the worker a moment to leave the exit code of a run that has just ended."""
    for _ in range(CODE_LOOKS):
        if exit_code(folder) is not None:
            return
        await asyncio.sleep(POLL_SECONDS)


def ending(folder: Path) -> Gone:
    """Why the process of a run is gone that left no record of its end."""
    ranks.end(folder)
    code = exit_code(folder)
    where = stuck_at(folder)
    told = cluster.ending(folder)
    if told is not None and code is None:
        return Gone(told, code)
    if stop_asked(folder):
        return Gone(stopped(where), code)
    if code is None and _no_room(folder):
        # Whoever saw it end could not write that down either.
        return Gone(explain(DISK_FULL), code)
    return Gone(explain(code, _tail(folder), where), code)


def _no_room(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False


def _tail(folder: Path, size: int = 4096) -> str:
    try:
        with (folder / "log.txt").open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
