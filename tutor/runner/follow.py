"""Following a run through its folder: a live, a re-attached and a finished one alike."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tutor.core.protocol import Event, Failed, Finished, decode_event
from tutor.runner.control import stop_asked
from tutor.runner.exits import STOPPED, Exit, explain
from tutor.runner.liveness import exit_code, state

POLL_SECONDS = 0.02
PROBE_SECONDS = 0.25
"""How often a run that says nothing is asked whether it lives."""
CHUNK = 1 << 22


class Gone(Struct, frozen=True):
    """The run's process is gone and left no record of its end."""

    exit: Exit
    code: int | None


class Damage(Struct, frozen=True):
    """Some lines of the record could not be read and were left out; said once, at the end."""

    lines: int


class Reader:
    """Reads `events.jsonl` from where it left off; half a line waits for its other half."""

    def __init__(self, folder: Path) -> None:
        self.damaged = 0
        self._path = folder / "events.jsonl"
        self._offset = 0
        self._rest = b""

    def read(self) -> Iterator[Event]:
        """Every whole line that was written since the last call."""
        while True:
            try:
                with self._path.open("rb") as file:
                    file.seek(self._offset)
                    data = file.read(CHUNK)
            except OSError:
                return
            if not data:
                return
            self._offset += len(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                try:
                    yield decode_event(line)
                except msgspec.DecodeError:
                    self.damaged += 1

    @property
    def unfinished(self) -> bool:
        """Whether the record ends in the middle of a line."""
        return bool(self._rest)


async def follow(folder: Path, poll: float = POLL_SECONDS) -> AsyncIterator[Event | Damage | Gone]:
    """Every event of a run from its first, until it ends.

    The last thing yielded is `Finished` or `Failed`, or `Gone` where the process left no such
    record; `Damage` comes before it where lines could not be read.
    """
    reader = Reader(folder)
    probed = time.monotonic()
    begun = False
    while True:
        some = False
        for event in reader.read():
            some = True
            if isinstance(event, Finished | Failed) and reader.damaged:
                yield Damage(reader.damaged)
            yield event
            if isinstance(event, Finished | Failed):
                return
        if some:
            begun = True
            # A long record must not hold up the keys while it is read.
            await asyncio.sleep(0)
            continue
        now = time.monotonic()
        if now - probed > PROBE_SECONDS:
            probed = now
            where = state(folder)
            if where == "dead" or (where == "ended" and not some):
                for event in reader.read():
                    yield event
                    if isinstance(event, Finished | Failed):
                        return
                damaged = reader.damaged + reader.unfinished
                if damaged:
                    yield Damage(damaged)
                code = exit_code(folder)
                yield Gone(STOPPED if stop_asked(folder) else explain(code, _tail(folder)), code)
                return
        # Until the first line the learner is waiting for it.
        await asyncio.sleep(poll if begun else poll / 4)


def _tail(folder: Path, size: int = 4096) -> str:
    try:
        return (folder / "log.txt").read_bytes()[-size:].decode("utf-8", "replace")
    except OSError:
        return ""
