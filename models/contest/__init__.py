"""Open problems: a network of your own, data and a budget that are the same for everybody.

The course brings the data, the loop, the budget and the judge. What is trained is in a file of the
learner's: `build`, and where the problem allows it how a batch is prepared or what the loss is. The
test data are looked at once, after the last step.

    writers    digits with fewer than 1,000 parameters, by hands that nobody trained on
    robust     digits that an attacker may move by 0.15 in every pixel
    weather    tomorrow's highest temperature, better than saying today's again
    manual     text at a given loss with as few parameters as can be

Sources:
    R. Schwartz, J. Dodge, N. A. Smith and O. Etzioni, "Green AI", 2019,
    https://arxiv.org/abs/1907.10597 (what a result cost is part of the result)
"""

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import learner, reading
from models.reading import Reading, Start

LARGEST = {"writers": 999, "robust": 20_000, "weather": 20_000, "manual": 200_000}
"""Parameters that a network may have, by problem."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs; everything else is in the learner's file.

    Attributes:
        learning_rate: AdamW's, falling to 0 along half a cosine. Live.
        decay: Weight decay.
        steps: Optimiser steps; a run counts with as many as the problem allows.
    """

    learning_rate: float = 3e-3
    decay: float = 0.01
    steps: int = 1500


def entry(config: Config) -> types.ModuleType:
    """The learner's file as a module.

    Raises:
        ValueError: There is none, or it has no `build`.
    """
    module = learner.module(config, "network of yours: write the code of this problem first")
    learner.function(module, "build")
    return module


def built(
    theirs: types.ModuleType, problem: str, example: Tensor, wanted: tuple[int, ...]
) -> nn.Module:
    """The network, held against the budget and asked one example.

    Raises:
        ValueError: It has too many parameters or answers in another shape.
    """
    model = theirs.build()
    if not isinstance(model, nn.Module):
        raise ValueError(f"`build` returned a {type(model).__name__}; a network is an nn.Module.")
    count, most = parameters(model), LARGEST[problem]
    if count > most:
        raise ValueError(f"Your network has {count:,} parameters; the budget is {most:,}.")
    model = model.to(example.device)
    with torch.no_grad():
        found = tuple(model(example).shape)
    if found != wanted:
        raise ValueError(f"Your network answers {found} where {wanted} is asked for.")
    return model


def parameters(model: nn.Module) -> int:
    """All of them, whether they are trained or not: what is frozen is stored as well."""
    tensors = [*model.parameters(), *model.buffers()]
    return sum({id(each): each.numel() for each in tensors}.values())


def descend(
    config: Config, model: nn.Module, example: Tensor, loss_of: Callable[[], Tensor]
) -> Iterator[Start | tuple[int, Tensor]]:
    """AdamW with a falling rate and clipped gradients; each step and its loss."""
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, weight_decay=config.decay
    )
    yield Start(total_steps=config.steps, model=model, optimizer=optimizer, example=example)
    for step in range(1, config.steps + 1):
        half = (1 + torch.cos(torch.tensor(torch.pi * step / config.steps))) / 2
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * float(half)
        model.train()
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        model.eval()
        yield step, loss.detach()


def readings(
    steps: Iterator[Start | tuple[int, Tensor]], model: nn.Module
) -> Iterator[Start | Reading]:
    size = float(parameters(model))
    for each in steps:
        if isinstance(each, Start):
            yield each
        else:
            step, loss = each
            yield Reading(step, {"train/loss": loss, "parameters": size})
