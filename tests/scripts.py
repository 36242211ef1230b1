"""Runs that follow a script: a run is its folder, so a script writes the folder."""

import socket
from collections.abc import Callable
from pathlib import Path

from tutor.core.protocol import (
    PROTOCOL,
    CheckRequest,
    CheckResult,
    Event,
    Failed,
    Finished,
    Hello,
    Readings,
    Request,
    Started,
    encode,
)
from tutor.store.runs import read_request

Script = Callable[[Request | CheckRequest], list[Event]]


def hello(device: str = "cpu") -> Hello:
    """The first line of a run that no process stands behind."""
    return Hello(PROTOCOL, 0, socket.gethostname(), "none", 0, device, "0.0", 0.0)


def falling(request: Request | CheckRequest, steps: int = 40) -> list[Event]:
    """A run whose loss halves every ten steps and ends well."""
    losses = [0.5 ** (step / 5) for step in range(1, steps + 1)]
    valid = [loss if step % 10 == 9 else None for step, loss in enumerate(losses)]
    return [
        hello(),
        Started(total_steps=steps, samples_per_step=8, steps_per_epoch=10),
        Readings(
            list(range(1, steps + 1)), {"train/loss": [*losses], "valid/loss": valid}, elapsed=2.0
        ),
        Finished(reason="done", step=steps, seconds=2.0, nonce=request.nonce),
    ]


def flat(request: Request | CheckRequest) -> list[Event]:
    """A run that learns nothing."""
    return [
        hello(),
        Started(total_steps=2),
        Readings([1, 2], {"train/loss": [1.0, 1.0], "valid/loss": [None, 1.0]}, elapsed=0.1),
        Finished(reason="done", step=2, seconds=0.1, nonce=request.nonce),
    ]


def broken(request: Request | CheckRequest) -> list[Event]:
    """A run that raises."""
    return [hello(), Failed(title="ValueError: no such bowl", hint="Mend it.", nonce=request.nonce)]


def checks_pass(request: Request | CheckRequest) -> list[Event]:
    """A check that finds nothing wrong."""
    return [
        hello(),
        CheckResult(name="moves downhill", passed=True, points=2),
        CheckResult(name="any numbers", passed=True, points=2, hidden=True),
        Finished(reason="done", step=0, seconds=0.1, nonce=request.nonce, checks=2),
    ]


def checks_fail(request: Request | CheckRequest) -> list[Event]:
    """A check that refuses a sign."""
    return [
        hello(),
        CheckResult(
            name="moves downhill",
            passed=False,
            points=2,
            message="step(1.0, 2.0, 0.25) is off",
            expected="0.5",
            actual="1.5",
        ),
        CheckResult(name="any numbers", passed=True, points=2, hidden=True),
        Finished(reason="done", step=0, seconds=0.1, nonce=request.nonce, checks=2),
    ]


class ScriptedWorker:
    """Stands where the worker stands: a run is its folder, so a script writes the folder."""

    def __init__(self) -> None:
        self.run: Script = falling
        self.check: Script = checks_pass
        self.requests: list[Request | CheckRequest] = []

    async def fork(self, folder: Path) -> None:
        """Write what the script says into the run's folder."""
        request = read_request(folder)
        assert request is not None
        self.requests.append(request)
        script = self.run if isinstance(request, Request) else self.check
        lines = b"".join(encode(event) + b"\n" for event in script(request))
        (folder / "events.jsonl").write_bytes(lines)

    async def warm(self, on_stage: object = None) -> None:
        """Always warm."""
