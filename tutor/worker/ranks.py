"""One process (a rank) of a run that trains in several.

Rank 0 writes the run's record and decides; the others do what it decided after the same reading.
"""

import ctypes
import importlib
import os
import signal
import socket
import sys
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from models.reading import Reading, Start
from tutor.core.errors import TutorError
from tutor.core.protocol import Event, Failed, Finished, Request, decode_request
from tutor.worker.checkpoints import Saved
from tutor.worker.child import boot_id, start_ticks
from tutor.worker.device import choose
from tutor.worker.driving import Driver, Reason, drive
from tutor.worker.events import EventLog
from tutor.worker.failures import failed
from tutor.worker.launching import DEVICE, LAUNCHER, home
from tutor.worker.limits import arm, keep_stacks, limit, memory_allowed, watch

SHARED = "models.parallel"
"""What an exercise imports that can train in several processes."""
PATIENCE = timedelta(days=365)
"""How long a rank waits to be told what was decided: a pause may be long."""
AGREE_SECONDS = 0.04
"""How often the ranks agree: a word between processes costs about as much as a small step."""
MOST_READINGS = 64
"""At least so often the ranks agree, even where readings seem to cost nothing."""
REASONS: tuple[Reason | None, ...] = (None, "stopped", "time")
PR_SET_PDEATHSIG = 1


class FirstLog(EventLog):
    """The run's record as rank 0 writes it: all but the last word, which is the launcher's."""

    def __init__(self, folder: Path, home: Path) -> None:
        super().__init__(folder)
        self._last = EventLog(home)

    def write(self, event: Event) -> None:
        """Append a line to the run's record, or the last word to the rank's own."""
        if isinstance(event, Finished | Failed):
            self._last.write(event)
        else:
            super().write(event)


def become_rank(folder: Path) -> None:
    """Be one process of the run of this folder; never returns."""
    code = 70
    try:
        code = _be(folder)
        sys.stdout.flush()
    finally:
        # Libraries' threads may still run; everything is written.
        os._exit(code)


def _be(folder: Path) -> int:
    rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    _die_with_launcher()
    mine = home(folder, rank)
    _note(mine)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    if rank:
        _print_into(mine / "log.txt")
    keep_stacks(mine if rank else folder)
    request = decode_request((folder / "request.json").read_bytes())
    assert isinstance(request, Request), "a check runs in one process"
    log: EventLog = EventLog(mine) if rank else FirstLog(folder, mine)
    try:
        device = _device(os.environ[DEVICE], rank)
        limit(0, device)
        watch(log, request.nonce, memory_allowed() // count)
        control = _meet(device)
    except BaseException as error:  # noqa: BLE001  # whatever it is, the launcher is told
        log.write(failed(error, request.nonce))
        return 1
    code = drive(request, device, log, folder, partial(Rank, control=control, rank=rank))
    if not code:
        from torch import distributed

        # Who leaves first would take the connection away from those who still read from it.
        distributed.barrier(group=control)
    return code


def _die_with_launcher() -> None:
    """Have the kernel kill this process when its launcher dies, however that dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ[LAUNCHER]):
        os._exit(1)  # it died before the kernel was asked


def _note(home: Path) -> None:
    """Write down which process this is, as `runner.identity` reads it."""
    who = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "boot": boot_id(),
        "ticks": start_ticks(os.getpid()),
    }
    beside = home / ".process.json"
    beside.write_bytes(msgspec.json.encode(who))
    beside.replace(home / "process.json")


def _print_into(path: Path) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(number, 1)
    os.dup2(number, 2)
    os.close(number)


def _device(kind: str, rank: int) -> str:
    """The device of a rank, made ready."""
    return choose("cpu" if kind == "cpu" else f"cuda:{rank}")[0]


def _meet(device: str) -> Any:
    """Join the other ranks; returns the group in which they agree, which is not the training's."""
    # The first optimiser of a process imports all of this; better now than in its first step.
    importlib.import_module("torch._dynamo")
    from torch import distributed

    distributed.init_process_group("gloo" if device == "cpu" else "nccl")
    return distributed.new_group(backend="gloo", timeout=PATIENCE)


class Rank(Driver):
    """A driver that does after each reading what rank 0 does after the same one.

    Rank 0 says how many readings come before they speak again, so that it costs next to nothing
    where steps are short.
    """

    def __init__(self, *given: Any, control: Any, rank: int) -> None:
        super().__init__(*given)
        self._group = control
        self._leads = rank == 0
        self._deciding = False
        self._until = 1
        self._every = 1
        self._agreed = time.perf_counter()

    def open(self) -> None:
        """Make the generator. Raises TutorError where the exercise is for one process alone."""
        super().open()
        if SHARED not in sys.modules:
            raise TutorError(
                "This exercise can only train in one process.",
                f"Leave nproc out; its author can share its batches with `{SHARED}`.",
            )
        if not self._leads:
            # It waits for rank 0, whose limit ends them all.
            arm(0)

    def _start(self, start: Start) -> None:
        if not self._leads:
            # One looks into the network, and one keeps its checkpoints.
            start = replace(start, state=None, model=None, optimizer=None, example=None)
        super()._start(start)

    def _adopt(self, saved: Saved) -> None:
        if self._leads:
            super()._adopt(saved)

    def _take(self, item: Any) -> None:
        if self._leads:
            super()._take(item)
        else:
            super()._take(Reading(item.step) if isinstance(item, Reading) else item)

    def _look(self) -> None:
        if self._deciding:
            super()._look()

    def _wait(self) -> None:
        if self._deciding:
            super()._wait()

    def _ended(self) -> Reason | None:
        self._until -= 1
        if self._until > 0:
            return None
        return self._decide() if self._leads else self._follow()

    def _decide(self) -> Reason | None:
        """Look at what was asked, wait where that is a pause, and tell the others."""
        before = self._knobs()
        taken = (time.perf_counter() - self._agreed) / self._every
        self._deciding = True
        self._look()
        if self._paused:
            self._wait()
        self._deciding = False
        reason = super()._ended()
        self._every = max(1, min(MOST_READINGS, int(AGREE_SECONDS / max(taken, 1e-9))))
        if self._paused:
            self._every = 1
        after = self._knobs()
        self._until = self._every
        self._tell([self._every, REASONS.index(reason), after != before])
        if after != before:
            self._tell_knobs(after)
        self._agreed = time.perf_counter()
        return reason

    def _follow(self) -> Reason | None:
        """Do as rank 0 does."""
        self._until, reason, turned = self._tell([0, 0, 0])
        if turned:
            for name, value in self._tell_knobs({}).items():
                setattr(self._config, name, value)
        return REASONS[reason]

    def _knobs(self) -> dict[str, Any]:
        return {name: getattr(self._config, name) for name in self.request.knobs}

    def _tell(self, words: list[int]) -> list[int]:
        """What rank 0 says, at every rank."""
        import torch
        from torch import distributed

        told = torch.tensor(words, dtype=torch.int64)
        distributed.broadcast(told, src=0, group=self._group)
        return [int(word) for word in told.tolist()]

    def _tell_knobs(self, knobs: dict[str, Any]) -> dict[str, Any]:
        from torch import distributed

        words = [knobs]
        distributed.broadcast_object_list(words, src=0, group=self._group)
        return words[0]
