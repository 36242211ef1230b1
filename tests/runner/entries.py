"""Exercises that behave, and that do not. Run by path, in a process of their own."""

import collections
import ctypes
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from models.reading import Config, Picture, Reading, Start
from tutor.worker import limits
from tutor.worker.events import EventLog


@dataclass(kw_only=True)
class Knobs(Config):
    """A few knobs."""

    steps: int = 5
    learning_rate: float = 0.1
    sleep: float = 0.0


def normal(config: Knobs):
    model = torch.nn.Linear(2, 1)
    yield Start(total_steps=config.steps, samples_per_step=4, steps_per_epoch=5, model=model)
    for step in range(1, config.steps + 1):
        print("a stray print")
        time.sleep(config.sleep)
        yield Reading(step, {"train/loss": torch.tensor(1.0 / step), "rate": config.learning_rate})


def test_at_the_end(config: Knobs):
    yield Start(total_steps=config.steps)
    for step in range(1, config.steps + 1):
        yield Reading(step, {"train/loss": 1.0})
    yield Reading(config.steps, {"test/mae": 2.0})


def same_tensor(config: Knobs):
    total = torch.zeros(())
    for step in range(1, config.steps + 1):
        total += 1
        yield Reading(step, {"sum": total})


def in_place_picture(config: Knobs):
    grid = torch.zeros(2, 2)
    for step in range(1, 4):
        grid += 1
        yield Reading(step, {}, {"grid": Picture("heat_map", grid, "a grid")})
    grid += 100


def raises(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    raise ValueError("no such\x1b[2J bowl")


def segfault(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    ctypes.string_at(0)


def leaves(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    os._exit(0)


def exits(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    sys.exit(0)


def endless(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    while True:
        pass


def prints(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    while True:
        print("x" * 100_000)


def nan(config: Knobs):
    for step, value in enumerate((1.0, float("nan"), float("inf"), float("-inf"), 2.0), 1):
        yield Reading(step, {"train/loss": value})


def nothing(config: Knobs):
    yield from ()


def plain(config: Knobs):
    for step in range(3):
        yield {"train/loss": 0.5 / (step + 1)}


def killed(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    os.kill(os.getpid(), signal.SIGKILL)


def memory(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    torch.ones(2**45)


def forever(config: Knobs):
    step = 0
    while True:
        step += 1
        time.sleep(0.002)
        yield Reading(step, {"rate": config.learning_rate})


def threads(config: Knobs):
    torch.set_num_threads(2)
    matrix = torch.ones(600, 600)
    yield Reading(1, {"sum": float((matrix @ matrix).sum())})


def endless_in_c(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    # Compiled code that neither lets another thread run nor looks for signals.
    collections.deque(itertools.repeat(0), maxlen=0)


def stubborn(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    while True:
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001  # the bad manners are the point
            continue


def talkative(config: Knobs):
    for step in range(1, 6):
        for _ in range(80):
            print("x" * 100_000)
        yield Reading(step, {"train/loss": 1.0})
    print("the last words")


def past_python(config: Knobs):
    for _ in range(40):
        os.write(1, b"y" * 2**20)
    step = 0
    while os.fstat(1).st_size > 17 * 2**20:
        step += 1
        time.sleep(0.05)
        yield Reading(step, {"train/loss": 1.0})
    yield Reading(step + 1, {"train/loss": 0.0})


def closes_its_output(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    sys.stdout.close()
    sys.stderr = None


def tensors_without_end(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    _, allowed = resource.getrlimit(resource.RLIMIT_DATA)
    # Never touched, so never really taken: only the limit on what is asked for can refuse it.
    kept = [torch.empty(allowed // 64, dtype=torch.float32) for _ in range(20)]
    yield Reading(2, {"train/loss": float(len(kept))})


def lists_without_end(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    _, allowed = resource.getrlimit(resource.RLIMIT_DATA)
    kept = [None] * (allowed // 8)
    yield Reading(2, {"train/loss": float(len(kept))})


def resident(config: Knobs):
    log = EventLog(Path("/proc/self/fd/1").readlink().parent)
    limits.watch(log, "the nonce", limits.resident() + 100 * 2**20)
    kept = torch.ones(50 * 2**20)
    for step in range(1, 1000):
        time.sleep(0.02)
        yield Reading(step, {"sum": kept[0]})


def device_memory(config: Knobs):
    yield Reading(1, {"train/loss": 1.0})
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has")


def leaves_a_child(config: Knobs):
    child = subprocess.Popen(["sleep", "1000"])
    yield Reading(1, {"pid": float(child.pid)})
    if config.steps == 1:
        os._exit(3)


def file_limit(config: Knobs):
    yield Reading(1, {"limit": resource.getrlimit(resource.RLIMIT_FSIZE)[1]})
