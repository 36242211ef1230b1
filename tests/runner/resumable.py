"""Real exercises that are cut off in the middle, with a checkpoint after every step."""

import os
import signal
import sys
from dataclasses import dataclass

from models import mlp, weather


@dataclass(kw_only=True)
class Digits(mlp.Config):
    """Dies after a step, unless it goes on from one."""

    epochs: int = 2
    batch_size: int = 100
    die: int = 0


@dataclass(kw_only=True)
class Days(weather.Config):
    """Dies after a step, unless it goes on from one."""

    epochs: int = 3
    batch_size: int = 100
    die: int = 0


def _cut(readings, die):
    sys.modules["tutor.worker.checkpoints"].SECONDS = 0.0
    for item in readings:
        yield item
        if die and getattr(item, "step", 0) == die:
            os.kill(os.getpid(), signal.SIGKILL)


def digits(config: Digits, resume=None):
    yield from _cut(mlp.train(config, resume), 0 if resume else config.die)


def days(config: Days, resume=None):
    yield from _cut(weather.train(config, resume), 0 if resume else config.die)


def stubborn(config: Days):
    """Keeps checkpoints but cannot go on from one."""
    yield from _cut(weather.train(config), config.die)
