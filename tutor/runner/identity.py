"""Which process stands behind a run: pid, start, boot and host, since a pid alone is used again."""

import os
import socket
from pathlib import Path

import msgspec
from msgspec import Struct

from tutor.core.protocol import Hello

FILE = "process.json"


class Identity(Struct, frozen=True):
    """A process, told from every other one of any machine and time."""

    pid: int
    host: str
    boot: str
    """What names the boot of that machine; empty where it does not say."""
    ticks: int
    """Start of the process in clock ticks since that boot; 0 where the system does not say."""
    starter: bool = False
    """Whether it is not the run itself but who is about to start it; never to be signalled."""

    @property
    def here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host in ("", socket.gethostname())

    @property
    def alive(self) -> bool:
        """Whether it lives; only to be asked on its own machine."""
        if self.pid <= 0 or self.boot != boot_id():
            return False
        if not self.ticks:
            # Without /proc a pid is all there is, and the lock has been asked before.
            return not Path("/proc/self").exists() and _exists(self.pid)
        state, ticks = _stat(self.pid)
        return ticks == self.ticks and state not in ("Z", "X")


def of_process(pid: int, *, starter: bool = False) -> Identity:
    """The identity of a process of this machine."""
    return Identity(pid, socket.gethostname(), boot_id(), _stat(pid)[1], starter)


def of_hello(hello: Hello) -> Identity:
    """The identity that a run gave of itself."""
    return Identity(hello.pid, hello.host, hello.boot, hello.ticks)


def note(folder: Path, pid: int, *, starter: bool = False) -> None:
    """Write down the process of a run, or who is about to start it. Raises OSError.

    Until the run speaks for itself this tells a run that waits for its worker from one that was
    never begun, without a clock, which may jump.
    """
    beside = folder / f".{FILE}"
    beside.write_bytes(msgspec.json.encode(of_process(pid, starter=starter)))
    beside.replace(folder / FILE)


def forget(folder: Path) -> None:
    """Take the note back: nothing will bring this run to life."""
    (folder / FILE).unlink(missing_ok=True)


def noted(folder: Path) -> Identity | None:
    """What `note` wrote; None where there is nothing to be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Identity)
    except (OSError, ValueError):
        return None


def boot_id() -> str:
    """What names this boot of this machine; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _stat(pid: int) -> tuple[str, int]:
    """State letter and start ticks of a process; empty and 0 where there is none."""
    try:
        # The second field is the name in parentheses and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, IndexError, ValueError):
        return "", 0


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
