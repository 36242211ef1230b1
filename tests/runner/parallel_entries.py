"""Exercises that train in several processes, well and badly; run by tests through a real worker."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from models import reading
from models.parallel import average, share, weight, wrap
from models.reading import Reading, Start


@dataclass(kw_only=True)
class Config(reading.Config):
    learning_rate: float = 0.1
    steps: int = 1_000_000
    mark: str = ""


def line(config: Config):
    """A line through seven points: a batch that two processes cannot share evenly."""
    torch.manual_seed(config.seed)
    model = nn.Linear(1, 1).to(config.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.learning_rate)
    x = torch.arange(7.0, device=config.device).reshape(7, 1) / 7
    y, batch = 3 * x + x**2, torch.arange(7)
    forward = wrap(model)
    yield Start(total_steps=config.steps, model=model, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate
        mine = share(batch)
        optimizer.zero_grad()
        loss = (forward(x[mine]) - y[mine]).square().mean() * weight(mine, batch)
        loss.backward()
        optimizer.step()
        if config.mark:
            # What each process did last, and with which knob.
            mark = Path(f"{config.mark}.{os.environ.get('RANK', 'alone')}")
            beside = mark.with_name(f".{mark.name}")
            beside.write_text(f"{step} {config.learning_rate}")
            beside.replace(mark)
        yield Reading(
            step,
            {"train/loss": average(loss.detach()), "weight": model.weight[0, 0].detach()},
        )


def _second(config: Config, act):
    for item in line(config):
        yield item
        if isinstance(item, Reading) and item.step == 20 and os.environ.get("RANK") == "1":
            act()


def second_killed(config: Config):
    yield from _second(config, lambda: os.kill(os.getpid(), signal.SIGKILL))


def second_raises(config: Config):
    def act():
        raise ValueError("the second one does not like it")

    yield from _second(config, act)


def second_exits(config: Config):
    yield from _second(config, lambda: os._exit(3))


def second_hangs(config: Config):
    yield from _second(config, lambda: time.sleep(1000))
