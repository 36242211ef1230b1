"""What every test may ask for: a small course, a home of its own, a run that follows a script."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
from tutor.session.tutor import Tutor
from tutor.store.runs import read_request

FIXTURE = Path(__file__).parent / "fixtures" / "course"

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


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the fixture course."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "course"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own."""
    path = tmp_path / "home"
    monkeypatch.setenv("DLWALK_HOME", str(path))
    return path


@pytest.fixture
def scripted(course: Path, home: Path) -> Iterator[tuple[Tutor, ScriptedWorker]]:
    """A tutor on the fixture course whose runs follow a script."""
    tutor = Tutor.open(course)
    tutor.trust.grant()
    worker = ScriptedWorker()
    tutor.training.fork = worker.fork  # type: ignore[method-assign]
    tutor.training.warm = worker.warm  # type: ignore[method-assign]
    yield tutor, worker
    tutor.close()
