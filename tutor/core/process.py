"""Which process a run is, and how it ended, as it is written into the run's folder."""

from typing import NamedTuple

import msgspec
from msgspec import Struct


class ProcessStat(NamedTuple):
    """A process as it stands.

    Attributes:
        state: The kernel's letter; `Z` is a process that ended and was not yet collected.
        ticks: When it began, in clock ticks since boot: with the pid, it names one process.
    """

    state: str
    ticks: int


def parse_stat(text: str) -> ProcessStat:
    """Parse `/proc/PID/stat`.

    The second field is the program's name in parentheses, which may itself hold spaces and
    parentheses; so what counts stands after the last one.

    Raises:
        ValueError: The text is something else.
    """
    fields = text.rpartition(")")[2].split()
    if len(fields) < 20:
        raise ValueError("not the text of /proc/PID/stat")
    return ProcessStat(fields[0], int(fields[19]))


class Holder(Struct, frozen=True):
    """Content of a run folder's `lock`: the one process that trains there.

    A pid alone is used again by others; with start time, boot and host it never is.
    """

    pid: int
    ticks: int
    """Start time in clock ticks since boot; 0 where the system does not say."""
    boot: str
    """Id of the system's boot; empty where it does not say."""
    host: str


_holder = msgspec.json.Decoder(Holder)


def decode_holder(text: bytes) -> Holder:
    """Decode a `lock`. Raises msgspec.DecodeError on anything else."""
    return _holder.decode(text)


class ExitRecord(Struct, frozen=True):
    """Content of a run folder's `exit`, written by the warm worker that saw the process end."""

    code: int
    """The exit code; below 0 minus the signal."""
    peak: int
    """The most memory that the process held, in bytes."""


_exit = msgspec.json.Decoder(ExitRecord)


def decode_exit(text: bytes) -> ExitRecord:
    """Decode an `exit`. Raises msgspec.DecodeError on anything else."""
    return _exit.decode(text)
