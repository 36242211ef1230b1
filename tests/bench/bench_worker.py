"""The worker's budgets as figures: `pytest tests/bench/bench_worker.py -n 0 -m bench -s`."""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "runner"))

from tests_runner import check_request, run_request

from models.reading import Config, Reading, Start
from tutor.core.protocol import CheckResult, Readings, Request
from tutor.runner.follow import follow
from tutor.runner.worker_process import Worker

pytestmark = pytest.mark.bench

CHECK = """
from tutor.checks import check, close

@check("doubles")
def check_doubles(learner):
    close(learner.double(3.0), 6.0, what="double(3.0)")
"""


def spin(seconds, steps):
    """A loop whose step costs what it is told, with two series."""

    def train(config: Config):
        yield Start(total_steps=steps)
        for step in range(1, steps + 1):
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                pass
            yield Reading(step, {"train/loss": 1.0 / step, "train/accuracy": 0.5})

    return train


def bare(train):
    began = time.perf_counter()
    for _ in train(Config()):
        pass
    return time.perf_counter() - began


def driven(train, folder):
    from tutor.worker.driving import Driver
    from tutor.worker.events import EventLog

    folder.mkdir()
    request = Request(
        run="r", course="c", exercise="e", entry="e", seconds=1000, nonce="n", created=0.0
    )
    driver = Driver(request, "cpu", EventLog(folder), folder)
    driver._readings = train(Config())
    began = time.perf_counter()
    driver.loop()
    return time.perf_counter() - began


@pytest.mark.parametrize(("seconds", "steps"), [(0.005, 200), (0.0003, 3000), (0.0, 100_000)])
def test_overhead(seconds, steps, tmp_path):
    train = spin(seconds, steps)
    ratios, per_step = [], []
    for turn in range(5):
        without, with_it = bare(train), driven(train, tmp_path / str(turn))
        ratios.append(with_it / without - 1)
        per_step.append((with_it - without) / steps * 1e6)
    print(
        f"\nstep of {seconds * 1e3:g} ms: {100 * statistics.median(ratios):.2f} % overhead, "
        f"{statistics.median(per_step):.2f} us a step (median of 5)"
    )


async def first(folder, kind):
    async for event in follow(folder, poll=0.001):
        if isinstance(event, kind):
            return
    raise AssertionError("ended without it")


def asked(folder, what):
    folder.mkdir()
    if what == "run":
        run_request(folder, "normal")
    else:
        check_request(folder, CHECK, "def double(x):\n    return 2 * x\n")
    return folder


def test_reading_back_a_million(tmp_path):
    from tutor.core.protocol import encode
    from tutor.runner.record import Reader

    with (tmp_path / "events.jsonl").open("wb") as file:
        for start in range(0, 1_000_000, 66):
            steps = list(range(start, start + 66))
            series = {"train/loss": [1.0 / (step + 1) for step in steps]}
            file.write(encode(Readings(steps, series, start / 1000)) + b"\n")
    size = (tmp_path / "events.jsonl").stat().st_size / 2**20
    began = time.perf_counter()
    count = sum(len(event.step) for event in Reader(tmp_path).read())
    print(f"\n{count} readings, {size:.0f} MiB: {(time.perf_counter() - began) * 1e3:.0f} ms")


async def test_latencies():
    with tempfile.TemporaryDirectory() as home:
        worker = Worker(Path(home, "worker"))
        began = time.perf_counter()
        await worker.start()
        print(f"\ncold start to warm: {time.perf_counter() - began:.2f} s")
        for what in ("run", "check"):
            waits = []
            for turn in range(10):
                folder = asked(Path(home, f"{what}{turn}"), what)
                began = time.perf_counter()
                await worker.fork(folder)
                await first(folder, Readings if what == "run" else CheckResult)
                waits.append((time.perf_counter() - began) * 1e3)
                await asyncio.sleep(0.05)
            name = "fork to first reading" if what == "run" else "code check to verdict"
            print(f"{name}: median {statistics.median(waits):.0f} ms, worst {max(waits):.0f} ms")
        await worker.stop()
