"""Checks of a network for tomorrow's temperature, and of its loss."""

import torch

from models.contest import LARGEST, parameters
from models.data.weather import splits
from tutor.checks import check, close, equal, fail

KNOWN = splits()[0]
DAYS = ((KNOWN.features - KNOWN.features.mean(0)) / KNOWN.features.std(0))[:64]
CHANGE = (KNOWN.targets - KNOWN.today)[:64]


@check("at most 20,000 numbers, buffers too", points=1)
def budget(learner):
    count, most = parameters(learner.build()), LARGEST["weather"]
    if count > most:
        fail(f"Your network has {count:,} parameters and buffers; the budget is {most:,}.")


@check("a day's answer hangs on that day alone", points=1)
def alone(learner):
    torch.manual_seed(0)
    model = learner.build().eval()
    with torch.no_grad():
        among = model(DAYS)
        equal(tuple(among.shape), (64, 1), what="the shape of the answers to 64 days")
        close(model(DAYS[:1])[0], among[0], 1e-4, what="a day alone, and among 63 others")


@check("the loss is one number, least where all is right", points=1)
def least(learner):
    right = learner.loss(CHANGE, CHANGE)
    equal(tuple(right.shape), (), what="the shape of the loss")
    generator = torch.Generator().manual_seed(2)
    for off in (0.5, 2.0, 8.0):
        wrong = learner.loss(CHANGE + off * torch.randn(64, generator=generator), CHANGE)
        if float(wrong) <= float(right):
            fail(f"Answers that are off by {off} °C cost no more than right ones.")


@check("it can learn", points=1)
def learns(learner):
    torch.manual_seed(0)
    model = learner.build()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    for _ in range(100):
        optimizer.zero_grad()
        loss = learner.loss(model(DAYS)[:, 0], CHANGE)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    if not losses[-1] < losses[0]:
        fail("After 100 steps on the same 64 days your loss has not fallen.")
