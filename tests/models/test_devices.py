"""Every system on a GPU, where there is one: the same contract, the same pass marks.

The course's own runs are proved there by `dlwalk-tutor check --run --device cuda`.
"""

import importlib
import inspect
from pathlib import Path

import pytest
import torch

import models
from models import (
    alphago,
    curve,
    dqn,
    guessing,
    keras_lab,
    mlp,
    perceptron,
    reinforce,
    weather,
    xor,
)
from models.reading import Reading, Start

gpu = pytest.mark.gpu
FOLDER = Path(models.__file__).parent


def last(readings, name):
    values = [
        float(item.scalars[name])
        for item in readings
        if isinstance(item, Reading) and name in item.scalars
    ]
    return values[-1]


CASES = [
    (perceptron.train, perceptron.Config(task="and"), "train/mistakes", lambda v: v == 0),
    (xor.train, xor.Config(hidden=8), "train/loss", lambda v: v <= 0.05),
    (weather.train, weather.Config(), "test/mae", lambda v: v <= 2.2),
    (
        mlp.train,
        mlp.Config(optimiser="adam", learning_rate=0.01),
        "test/accuracy",
        lambda v: v >= 0.87,
    ),
]
IDS = ["perceptron", "xor", "weather", "mlp"]


@gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
@pytest.mark.parametrize(("train", "config", "series", "passes"), CASES, ids=IDS)
def test_an_exercise_passes_on_the_gpu(train, config, series, passes):
    config.device = "cuda"
    readings = list(train(config))
    start = readings[0]
    assert isinstance(start, Start)
    if start.model is not None:
        assert all(each.is_cuda for each in start.model.parameters())
    assert passes(last(readings, series))


def systems():
    """Every module that trains something of its own: not a learner's file, nor a part of a lesson."""
    names = [
        path.stem for path in sorted(FOLDER.glob("*.py")) if "\ndef train(" in path.read_text()
    ]
    modules = [importlib.import_module(f"models.{name}") for name in names]
    return [
        each
        for each in modules
        if hasattr(each, "Config") and list(inspect.signature(each.train).parameters) == ["config"]
    ]


@gpu
@pytest.mark.timeout(240)
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
@pytest.mark.parametrize("module", systems(), ids=lambda module: module.__name__)
def test_a_system_trains_to_its_end_on_the_gpu(module):
    if module is keras_lab:
        pytest.importorskip("keras")
    start, *readings = module.train(module.Config(device="cuda"))
    assert isinstance(start, Start)
    if start.model is not None:
        assert all(each.is_cuda for each in start.model.parameters())
    assert 0 < readings[-1].step <= (start.total_steps or readings[-1].step)


@pytest.mark.parametrize(
    "module",
    [xor, mlp, curve, reinforce, dqn, guessing, alphago],
    ids=lambda module: module.__name__,
)
def test_the_network_is_made_on_the_device_asked_for(module):
    start = next(module.train(module.Config(device="meta")))
    assert all(each.is_meta for each in start.model.parameters())
    assert start.example.is_meta
