"""The processes of a run that trains in several: each has written down which one it is."""

import contextlib
import os
import signal
from pathlib import Path

from tutor.runner import identity
from tutor.runner.identity import Identity

FOLDER = "ranks"


def recorded(folder: Path) -> list[Identity]:
    """The processes of a run, in the order of their ranks; none for a run of one process."""
    homes = [path for path in (folder / FOLDER).glob("[0-9]*") if path.name.isdecimal()]
    homes.sort(key=lambda path: int(path.name))
    return [who for home in homes if (who := identity.noted(home)) is not None]


def end(folder: Path, number: int = signal.SIGKILL) -> int:
    """Signal every process of a run that still is the one written down; returns how many.

    Their launcher takes them along where the kernel can be asked to; elsewhere they would train on
    for nobody.
    """
    signalled = 0
    for who in recorded(folder):
        # Without its start nothing tells a process from a later one of the same number.
        if not (who.here and who.ticks and who.alive):
            continue
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # Each is the leader of a session of its own.
            if os.getpgid(who.pid) == who.pid:
                os.killpg(who.pid, number)
                signalled += 1
    return signalled
