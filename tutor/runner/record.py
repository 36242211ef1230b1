"""Reading a run's record, whatever happened to the file: everything that can be read is shown."""

import os
from collections.abc import Iterator
from pathlib import Path

from tutor.core.protocol import Event, Failed, Finished, Readings, decode_event

CHUNK = 1 << 22
LONGEST_LINE = 1 << 26
"""Bytes after which a line without an end is garbage, and no longer kept."""
OPENING = b'{"t":"'


class Reader:
    """Reads `events.jsonl` from where it left off; half a line waits for its other half.

    Attributes:
        damaged: Places of the record so far that could not be read.
    """

    def __init__(self, folder: Path) -> None:
        self.damaged = 0
        self._path = folder / "events.jsonl"
        self._offset = 0
        self._rest = b""
        self._step = 0
        self._again = False

    @property
    def unfinished(self) -> bool:
        """Whether the record ends in the middle of a line."""
        return bool(self._rest)

    def read(self) -> Iterator[Event]:
        """Every whole line that was written since the last call."""
        while data := self._more():
            *lines, self._rest = (self._rest + data).split(b"\n")
            if len(self._rest) > LONGEST_LINE:
                self._rest = b"?"
            for line in lines:
                event = self._event(line)
                if event is not None and self._new(event):
                    yield event

    def _more(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._offset:
                    self._begin_again()
                file.seek(self._offset)
                data = file.read(CHUNK)
        except OSError:
            return b""
        self._offset += len(data)
        return data

    def _begin_again(self) -> None:
        """The file was cut off or replaced: only what is newer than all that was read counts."""
        self.damaged += 1
        self._offset, self._rest, self._again = 0, b"", True

    def _new(self, event: Event) -> bool:
        if isinstance(event, Readings):
            if self._again and (not event.step or event.step[-1] <= self._step):
                return False
            self._step = max([self._step, *event.step[-1:]])
            return True
        return not self._again or isinstance(event, Finished | Failed)

    def _event(self, line: bytes) -> Event | None:
        """An event; None for garbage. What a crash left in front of a whole event is cut away."""
        event = _decoded(line)
        if event is None:
            self.damaged += 1
            begins = line.rfind(OPENING)
            event = _decoded(line[begins:]) if begins > 0 else None
        return event


def _decoded(line: bytes) -> Event | None:
    try:
        event = decode_event(line)
    except ValueError:  # also what is no UTF-8 within a string, which msgspec does not call its own
        return None
    if isinstance(event, Readings):
        rows = len(event.step)
        whole = all(len(column) == rows for column in event.s.values())
        known = all(name in event.s and 0 <= row < rows for name, row, _ in event.bad)
        return event if whole and known else None
    return event
