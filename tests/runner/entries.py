"""Exercises that behave, and that do not. Run by path, in a process of their own."""

import ctypes
import os
import signal
import sys
import time
from dataclasses import dataclass

import torch

from models.reading import Config, Picture, Reading, Start


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
