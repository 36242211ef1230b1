"""Real exercises that are cut off in the middle, as a rule with a checkpoint after every step."""

import os
import signal
import sys
from dataclasses import dataclass

from models import mlp, weather


@dataclass(kw_only=True)
class Cut:
    """When it is cut off.

    Attributes:
        die: Killed after this step, where it began from nothing.
        die_again: Killed after this step, where it goes on from another.
        terminate: Told to end by the system after this step.
        every: Seconds between two checkpoints.
    """

    die: int = 0
    die_again: int = 0
    terminate: int = 0
    every: float = 0.0


@dataclass(kw_only=True)
class Digits(Cut, mlp.Config):
    """22 steps."""

    epochs: int = 2
    batch_size: int = 100


@dataclass(kw_only=True)
class Days(Cut, weather.Config):
    """24 steps."""

    epochs: int = 3
    batch_size: int = 100


def _cut(readings, config, resume):
    sys.modules["tutor.worker.checkpoints"].SECONDS = config.every
    die = config.die_again if resume else config.die
    for item in readings:
        yield item
        step = getattr(item, "step", 0)
        if die and step == die:
            os.kill(os.getpid(), signal.SIGKILL)
        if config.terminate and step == config.terminate:
            os.kill(os.getpid(), signal.SIGTERM)


def digits(config: Digits, resume=None):
    yield from _cut(mlp.train(config, resume), config, resume)


def days(config: Days, resume=None):
    yield from _cut(weather.train(config, resume), config, resume)


def stubborn(config: Days):
    """Keeps checkpoints but cannot go on from one."""
    yield from _cut(weather.train(config), config, None)
