"""What a run may use at most. The kernel keeps these limits, whatever the code does."""

import contextlib
import faulthandler
import io
import os
import resource
import signal
import sys
from pathlib import Path

FILE_BYTES = 512 * 2**20
"""The largest file a run may write: 1e7 readings of one series, or a few checkpoints."""

LOG_BYTES = 16 * 2**20
"""What a run may print."""

GIBIBYTE = 2**30


class PrintedTooMuch(Exception):
    """The run printed more than LOG_BYTES."""


class _Log(io.RawIOBase):
    """The run's log as a stream that ends."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._left = LOG_BYTES

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def write(self, data: memoryview) -> int:  # type: ignore[override]  # what BufferedWriter hands on
        self._left -= len(data)
        if self._left < 0:
            raise PrintedTooMuch
        return os.write(self._fd, data)


def bound_prints() -> None:
    """Let `print` reach fd 1, up to LOG_BYTES; whoever prints on is told by PrintedTooMuch."""
    raw = _Log(1)
    for name in ("stdout", "stderr"):
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw), "utf-8", errors="backslashreplace", line_buffering=True
        )
        setattr(sys, name, stream)


class HardLimit:
    """Ends the process by SIGALRM, also where C code never comes back to Python.

    Before it dies, the line of Python it was at is written to fd 2, which is the log.
    """

    def __init__(self, seconds: float) -> None:
        # The kernel's own disposition is what faulthandler hands on to.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        faulthandler.register(signal.SIGALRM, file=2, all_threads=False, chain=True)
        self._left = seconds
        self.go_on()

    def wait(self) -> None:
        """Stop the clock while the run is paused."""
        self._left, _ = signal.setitimer(signal.ITIMER_REAL, 0)

    def go_on(self) -> None:
        """Let the clock run again."""
        signal.setitimer(signal.ITIMER_REAL, self._left)


def limit_files() -> None:
    """Bound the size of every file. Python ignores the signal, so that a write just fails."""
    _lower(resource.RLIMIT_FSIZE, FILE_BYTES)
    _lower(resource.RLIMIT_CORE, 0)


def limit_memory() -> None:
    """Leave the system a tenth of the memory that is free now, so that it need not kill anyone.

    Not for CUDA, whose driver reserves address space by the terabyte.
    """
    free = _available()
    if free is not None:
        _lower(resource.RLIMIT_DATA, max(GIBIBYTE, int(free * 0.9)) + _data_size())


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, hard))


def _available() -> int | None:
    """Bytes of memory that are free for us: the machine's, or the container's where it is less."""
    found = []
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        found.append(1024 * next(int(r.split()[1]) for r in lines if r.startswith("MemAvail")))
    with contextlib.suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        most = int((group / "memory.max").read_text("ascii"))
        found.append(most - int((group / "memory.current").read_text("ascii")))
    return min(found, default=None)


def _data_size() -> int:
    """Bytes that already count against RLIMIT_DATA."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return 1024 * next(int(row.split()[1]) for row in lines if row.startswith("VmData"))
    return 0
