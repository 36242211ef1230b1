"""What looking into a network costs a run: `pytest tests/bench/bench_network.py -n 0 -m bench -s`.

The CPU seconds spent in the probe against those of the whole run, so that a busy machine is busy for
both. The budget of all looking is 1 % of a run, after what its first step and its end cost once.
"""

import os
import time

import pytest
import torch
from bench_worker import driven
from torch import nn
from torch.nn import functional

from models.reading import Config, Reading, Start
from tutor.worker.vitals import Probe

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
SECONDS = float(os.environ.get("DLWALK_BENCH_SECONDS", "20"))


def small():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), (
        32,
        1,
        28,
        28,
    )


def convolutions():
    layers = [nn.Conv2d(3, 32, 3, padding=1), nn.ReLU()]
    for _ in range(6):
        layers += [nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)), (
        16,
        3,
        32,
        32,
    )


def wide():
    """22 million parameters, most of them in one layer: here looks cost most against steps."""
    layers = [nn.Flatten(), nn.Linear(3072, 4096), nn.ReLU(), nn.Linear(4096, 2048), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(2048, 10)), (16, 3, 32, 32)


def training(make, seconds):
    def train(_config: Config):
        torch.manual_seed(0)
        model, shape = make()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        images, labels = torch.rand(shape), torch.randint(10, (shape[0],))
        yield Start(model=model, optimizer=optimizer, example=images)
        end, step = time.process_time() + seconds, 0
        while time.process_time() < end:
            step += 1
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            yield Reading(step, {"train/loss": loss.detach()})

    return train


@pytest.fixture
def clock(monkeypatch):
    """CPU seconds spent in each method of the probe, one list for each."""
    spent: dict[str, list[float]] = {}

    def timed(name, method):
        def call(*args, **options):
            began = time.process_time()
            try:
                return method(*args, **options)
            finally:
                spent.setdefault(name, []).append(time.process_time() - began)

        return call

    for name in ("prepare", "look", "introduce", "walk", "finish"):
        if method := getattr(Probe, name, None):
            monkeypatch.setattr(Probe, name, timed(name, method))
    return spent


@pytest.mark.parametrize("make", [small, convolutions, wide])
def test_what_looking_costs(make, clock, tmp_path):
    torch.set_num_threads(1)
    began = time.process_time()
    driven(training(make, SECONDS), tmp_path / "run")
    whole = time.process_time() - began
    steps = len(clock["look"])
    once = {name: clock.get(name, [0.0])[0] for name in ("introduce", "look", "walk", "finish")}
    steady = sum(clock["prepare"][1:]) + sum(clock["look"][1:])
    looks = sum(seconds > 1e-4 for seconds in clock["look"])
    pictures = list((tmp_path / "run").glob("*/*.json"))
    print(
        f"\n{make.__name__}: {100 * steady / whole:.2f} % of {whole:.1f} s in {steps} steps, "
        f"{looks} looks; once, in ms: "
        + ", ".join(f"{name} {1e3 * seconds:.1f}" for name, seconds in once.items())
        + f"; {len(pictures)} pictures, {sum(each.stat().st_size for each in pictures) / 1024:.0f} KiB"
    )
