"""What a run prints: into its log, which stays bounded however much it prints."""

import io
import os
import sys

LOG_LIMIT = 16 * 1024**2
"""Bytes of printed output that are kept from the beginning."""
TAIL = 64 * 1024
"""Bytes kept of the end, once there was more."""
NOTE = (
    f"\n[More than {LOG_LIMIT // 1024**2} MB were printed. From here on only the end is kept, "
    "and it is written when the run ends.]\n"
).encode()


class Bounded(io.RawIOBase):
    """A file whose first bytes are written at once, and whose last when it is finished.

    Printing must not end a run that trains for hours, nor fill the disk.
    """

    def __init__(self, number: int, limit: int = LOG_LIMIT, tail: int = TAIL) -> None:
        super().__init__()
        self._number = number
        self._left = limit
        self._kept = tail
        self._tail = bytearray()

    def fileno(self) -> int:
        """The descriptor, for those who print past Python."""
        return self._number

    def close(self) -> None:
        """Stay open: it lives as long as the process, whoever lets go of `sys.stdout`."""

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # every buffer is bytes-like
        """Write what there is room for; keep the end of the rest."""
        size = len(data)
        if self._left > 0:
            written = os.write(self._number, data[: self._left])
            self._left -= written
            if not self._left:
                os.write(self._number, NOTE)
            return written
        self._tail += data[-self._kept :]
        if len(self._tail) > 4 * self._kept:
            del self._tail[: -self._kept]
        return size

    def finish(self) -> None:
        """Write the end of what was printed."""
        end, self._tail = bytes(self._tail[-self._kept :]), bytearray()
        while end:
            end = end[os.write(self._number, end) :]


def redirect(log: Bounded) -> None:
    """Make it Python's standard output and error, line by line."""

    def lines() -> io.TextIOWrapper:
        buffered = io.BufferedWriter(log)  # type: ignore[type-var]  # its `write` is typed too narrowly
        return io.TextIOWrapper(buffered, encoding="utf-8", errors="replace", line_buffering=True)

    sys.stdout, sys.stderr = lines(), lines()
