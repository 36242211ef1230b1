"""Checks of a network that foretells characters."""

import torch
from torch.nn import functional

from models.contest import LARGEST, parameters
from models.contest.manual import looks_ahead
from tutor.checks import check, close, equal, fail

CODES = torch.randint(103, (4, 64), generator=torch.Generator().manual_seed(7))


def made(learner):
    torch.manual_seed(0)
    return learner.build().eval()


@check("at most 200,000 numbers, buffers too", points=1)
def budget(learner):
    count, most = parameters(learner.build()), LARGEST["manual"]
    if count > most:
        fail(f"Your network has {count:,} parameters and buffers; the budget is {most:,}.")


@check("logits for each place, whatever stands beside", points=1)
def shape(learner):
    model = made(learner)
    with torch.no_grad():
        equal(tuple(model(CODES).shape), (4, 64, 103), what="the shape of the answers")
        close(model(CODES[-1:])[0], model(CODES)[-1], 1e-3, what="a text alone, and among others")


@check("it does not look ahead", points=1)
def ahead(learner):
    if looks_ahead(made(learner), CODES):
        fail("An answer changes with a character that comes later.")


@check("it remembers more than one character", points=1)
def remembers(learner):
    model = made(learner)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    # After a 1 comes what stood before it, so that the last character alone does not tell.
    before = torch.randint(2, 50, (16, 32), generator=torch.Generator().manual_seed(1))
    text = torch.stack([before, torch.ones_like(before), before], 2).flatten(1)
    model.train()
    for _ in range(150):
        optimizer.zero_grad()
        logits = model(text[:, :64])[:, 1::3]
        functional.cross_entropy(logits.flatten(0, 1), text[:, 2:65:3].flatten()).backward()
        optimizer.step()
    with torch.no_grad():
        right = float(
            (model.eval()(text[:, :64])[:, 1::3].argmax(2) == text[:, 2:65:3]).float().mean()
        )
    # Whoever sees one character alone names the commonest: about one in twenty.
    if right < 0.2:
        fail(
            "It does not learn to repeat the character before the last.",
            expected="a fifth of them right after 150 steps",
            actual=f"{right:.0%}",
        )
