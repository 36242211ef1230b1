"""Ending a run: first by asking, then by signal."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from tutor.core.protocol import Hello
from tutor.runner.control import send
from tutor.runner.follow import Reader
from tutor.runner.liveness import state

ASK_SECONDS = 1.0
TERM_SECONDS = 1.0


async def stop(folder: Path) -> None:
    """End a run of this machine; returns when it has ended. A dead run is left as it is."""
    if state(folder) != "live":
        return
    send(folder, "stop")
    if await _ended(folder, ASK_SECONDS):
        return
    for number, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, 5.0)):
        pid = _pid(folder)
        if pid is None:
            return
        # The run is a session and group of its own, and its children go with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
        if await _ended(folder, seconds):
            return


async def _ended(folder: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if state(folder) != "live":
            return True
        await asyncio.sleep(0.02)
    return False


def _pid(folder: Path) -> int | None:
    """The pid the run gave; its lock was just seen to be held, so it is not another's."""
    hello = next((event for event in Reader(folder).read() if isinstance(event, Hello)), None)
    return hello.pid if hello else None
