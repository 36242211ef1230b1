"""A thousand runs: how long their list takes to open, and what it sends to the terminal.

Run by hand: `python -m pytest -n 0 -m bench -s tests/bench/bench_runs.py`.
"""

import os
import random
import statistics
import sys
import time
from pathlib import Path

import pytest
from scripts import hello
from terminal import Terminal

from tutor.core.protocol import Event, Finished, Readings, Request, Started, encode
from tutor.session.tutor import Tutor
from tutor.store.runs import SUMMARY, write_request

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
COUNT = int(os.environ.get("DLWALK_BENCH_RUNS", "1000"))
SIZES = ((80, 24), (140, 40))


def record(request: Request, chance: random.Random) -> list[Event]:
    """350 steps of a loss, ten accuracies and one test."""
    steps = list(range(1, 351))
    losses = [2.3 * 0.99**step + 0.1 * chance.random() for step in steps]
    valid = [chance.random() if step % 35 == 0 else None for step in steps]
    test = [chance.random() if step == 350 else None for step in steps]
    series = {"train/loss": [*losses], "valid/accuracy": valid, "test/accuracy": test}
    return [
        hello(),
        Started(total_steps=350),
        Readings(steps, series, elapsed=2.0),
        Finished(reason="done", step=350, seconds=2.0, nonce=request.nonce),
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a thousand runs of one exercise, graded, each with its summary."""
    path = tmp_path_factory.mktemp("home")
    tutor, chance = Tutor.open(None, path), random.Random(1)
    tutor.set_setting("welcomed", "1")
    exercise = tutor.ledger.exercise("sgd.race")
    assert exercise is not None
    for number in range(COUNT):
        folder = tutor.places.runs / f"20260101-{number:09d}-sgd-race-{number:04x}"
        folder.mkdir(parents=True)
        knobs = {name: knob.default for name, knob in exercise.knobs.items()}
        knobs["learning_rate"] = chance.choice([0.003, 0.01, 0.1, 1.0])
        knobs["optimiser"] = chance.choice(["sgd", "momentum", "adam"])
        request = Request(
            run="",
            course=tutor.course.id,
            exercise=exercise.id,
            lesson="sgd-and-adam",
            entry=exercise.entry,
            knobs=knobs,
            seed=number % 50,
            nonce="n",
            created=time.time() - 3600.0 * number,
        )
        request = write_request(folder, request)
        (folder / "events.jsonl").write_bytes(
            b"".join(encode(event) + b"\n" for event in record(request, chance))
        )
        tutor.training.settle(tutor.ledger.record(request.run))
    tutor.close()
    return path


def opened(home: Path, size: tuple[int, int]) -> tuple[Terminal, float, float]:
    """The screen of runs, and the seconds from the key to the list: by the clock, and of work."""
    environment = {
        "DLWALK_HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    terminal = Terminal([sys.executable, "-P", "-m", "tutor"], environment, size)
    terminal.until("Nothing is training", since=0)
    terminal.quiet(1.0)
    worked = cpu(terminal)
    terminal.press("r")
    seconds = terminal.until("adam lr")
    return terminal, seconds, cpu(terminal) - worked


def cpu(terminal: Terminal) -> float:
    """Seconds of work that the program has done, whatever else the machine does."""
    fields = Path(f"/proc/{terminal.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_list_from_its_files(home: Path) -> None:
    tutor = Tutor.open(None, home)
    found = []
    for _ in range(9):
        began = time.perf_counter()
        assert len(tutor.ledger.entries()) == COUNT
        found.append(time.perf_counter() - began)
    for file in tutor.places.runs.glob(f"*/{SUMMARY}"):
        file.unlink()
    began = time.perf_counter()
    tutor.ledger.entries()
    first = time.perf_counter() - began
    print(f"\n{COUNT} runs from their summaries: median {statistics.median(found) * 1e3:.0f} ms")
    print(f"  the first time, from their records: {first:.1f} s")
    tutor.close()


@pytest.mark.parametrize("size", SIZES)
def test_opening_it(home: Path, size: tuple[int, int]) -> None:
    found = []
    for _ in range(9):
        terminal, *seconds = opened(home, size)
        found.append(seconds)
        terminal.close()
    clock, work = ([each[i] * 1e3 for each in found] for i in (0, 1))
    print(f"\n{size[0]}x{size[1]}: from the key to the list of {COUNT}:", end=" ")
    print(f"best {min(clock):.0f}, median {statistics.median(clock):.0f} ms;", end=" ")
    print(f"of work {statistics.median(work):.0f} ms")


@pytest.mark.parametrize("size", SIZES)
def test_bytes(home: Path, size: tuple[int, int]) -> None:
    terminal, _, _ = opened(home, size)
    terminal.quiet(1.5)
    spans = {}

    def span(name: str, keys: list[str], pause: float) -> None:
        began = time.monotonic()
        for key in keys:
            terminal.press(key)
            terminal.pump(pause)
        terminal.quiet(0.5)
        spans[name] = terminal.bursts(began, time.monotonic()), time.monotonic() - began

    span("at rest", [""], 5.0)
    span("the cursor, a run a second", ["\x1b[B"] * 6, 1.0)
    span("three runs marked", [" ", "\x1b[B", " ", "\x1b[B", " "], 0.5)
    span("the cursor beside them", ["\x1b[B"] * 6, 1.0)
    span("the cursor held, 25 a second", ["\x1b[B"] * 75, 0.04)
    span("differences, scatter, note, curves", ["v"] * 4, 1.0)
    span("looking for adam", ["/", *"adam", "\r"], 0.3)
    print(f"\nto the terminal, {size[0]}x{size[1]}, {COUNT} runs:")
    for name, (frames, seconds) in spans.items():
        mean, most = sum(frames) / seconds / 1e3, max(frames, default=0) / 1e3
        print(f"  {name:36} {mean:5.1f} kB/s, largest frame {most:5.1f} kB")
    terminal.close()
