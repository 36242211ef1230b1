"""Ending a run: first by asking, then by signal."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Literal

from tutor.core.protocol import Finished
from tutor.runner import cluster, ranks
from tutor.runner.control import send, stop_asked
from tutor.runner.liveness import last_event, process_of, state

ASK_SECONDS = 1.0
TERM_SECONDS = 2.0
KILL_SECONDS = 5.0
CLUSTER_SECONDS = 10.0
"""For a run on another machine: its disk may show what is written late."""
Stopped = Literal["stopped", "was over", "asked", "lives"]


def cut_off(folder: Path) -> bool:
    """Whether a run was ended by the machine, as it went down, and not by who trained it."""
    end = last_event(folder)
    stopped = isinstance(end, Finished) and end.reason == "stopped"
    return stopped and not stop_asked(folder)


async def stop(folder: Path) -> Stopped:
    """End a run; returns when it has ended.

    Returns:
        `stopped`; `was over` for one that had ended or died before, which is left as it is; `asked`
        for a run of another machine, which reads the request in its folder and can be sent no
        signal from here; `lives` where even SIGKILL did not end it in time.
    """
    where = state(folder)
    if where.startswith(("elsewhere", "queued")) and cluster.job_of(folder) is not None:
        return await _cancelled(folder, where)
    if where.startswith("elsewhere"):
        send(folder, "stop")
        return "asked"
    if where != "live":
        await _swept(folder)
        return "was over"
    send(folder, "stop")
    if await _ended(folder, ASK_SECONDS):
        return "stopped"
    for number, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        _signal(folder, number)
        if await _ended(folder, seconds):
            await _swept(folder)
            return "stopped"
    return "lives"


async def _cancelled(folder: Path, where: str) -> Stopped:
    """Ask the run, if a machine of the cluster has it by now, then cancel its job."""
    send(folder, "stop")
    end = time.monotonic() + (CLUSTER_SECONDS if where.startswith("elsewhere") else 0)
    while time.monotonic() < end:
        if state(folder) == "ended":
            return "stopped"
        await asyncio.sleep(0.1)
    return "stopped" if await asyncio.to_thread(cluster.cancel, folder) else "asked"


async def _ended(folder: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if state(folder) != "live":
            return True
        await asyncio.sleep(0.02)
    return False


async def _swept(folder: Path) -> None:
    """End what is left of a run of several processes whose launcher is gone."""
    end = time.monotonic() + KILL_SECONDS
    while ranks.end(folder) and time.monotonic() < end:
        await asyncio.sleep(0.02)


def _signal(folder: Path, number: int) -> None:
    """Signal a run's process and its children: it is a session and group of its own."""
    who = process_of(folder)
    # Start and boot say that the pid has not become another's; where they cannot be known, the
    # lock was just seen to be held.
    if who is None or who.starter or not who.here or (who.ticks and not who.alive):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(who.pid) == who.pid:
            os.killpg(who.pid, number)
