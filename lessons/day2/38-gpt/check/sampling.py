"""Checks of choosing a token and of what a text costs."""

import math

import torch
from torch import nn
from torch.nn import functional

from tutor.checks import check, close, equal, for_any, for_sizes

SKY = (3.0, 2.0, 1.5, 0.5, -1.0)
KINDS = 7


class Counter(nn.Module):
    """Finds the number after each token likeliest: its logit is 2, all others 0."""

    def forward(self, tokens):
        return 2.0 * functional.one_hot((tokens + 1) % KINDS, KINDS).float()


def softmax(logits):
    powers = [math.exp(each) for each in logits]
    return [power / sum(powers) for power in powers]


def wanted(logits, temperature, top_k, top_p):
    """The definition, token by token."""
    found = softmax([each / temperature for each in logits])
    order = sorted(range(len(found)), key=lambda place: -found[place])[: top_k or None]
    whole = sum(found[place] for place in order)
    kept, share = [], 0.0
    for place in order:
        if kept and share >= top_p * whole:
            break
        kept.append(place)
        share += found[place]
    return [found[place] / share if place in kept else 0.0 for place in range(len(found))]


def sky():
    return torch.tensor(SKY)


@check("the table from the text", points=2)
def table(learner):
    for name, knobs in (
        ("as it says", (1.0, 0, 1.0)),
        ("temperature 0.5", (0.5, 0, 1.0)),
        ("temperature 2", (2.0, 0, 1.0)),
        ("top-k 2", (1.0, 2, 1.0)),
        ("top-p 0.9", (1.0, 0, 0.9)),
    ):
        close(learner.chances(sky(), *knobs), wanted(SKY, *knobs), 1e-4, what=name)


@check("at 0 the likeliest has all", points=1)
def greedy(learner):
    found = learner.chances(torch.tensor([0.5, -1.0, 4.0, 3.9]), 0.0)
    close(found, [0.0, 0.0, 1.0, 0.0], 1e-6, what="logits 0.5, -1, 4 and 3.9 at temperature 0")


@check("what is kept adds up to 1", points=1)
def whole(learner):
    def body(top_k):
        found = learner.chances(sky(), 1.5, top_k)
        equal((found > 0).sum().item(), top_k, what=f"how many tokens top-k {top_k} keeps")
        close(found.sum().item(), 1.0, 1e-5, what="their sum")

    for_sizes([1, 2, 3, 5], body)


@check("the likeliest is always kept", points=1)
def one_at_least(learner):
    found = learner.chances(sky(), 1.0, 0, 0.0)
    close(found, [1.0, 0.0, 0.0, 0.0, 0.0], 1e-6, what="top-p 0")


@check("the surprise by hand", points=1)
def by_hand(learner):
    right = math.log2(math.exp(2) + KINDS - 1) - 2 / math.log(2)
    wrong = math.log2(math.exp(2) + KINDS - 1)
    tokens = torch.tensor([[3, 4, 5, 1]])
    found = learner.surprise(Counter(), tokens)
    what = "4 after 3 and 5 after 4, which it expects, and 1 after 5, which it does not; in bits"
    close(found.item(), (2 * right + wrong) / 3, 1e-4, what=what)


@check("each text counts alike", points=1)
def several(learner):
    rows = torch.tensor([[0, 1, 2], [0, 3, 3]])
    apart = [learner.surprise(Counter(), row[None]).item() for row in rows]
    what = "two texts together, and the mean of each alone"
    close(learner.surprise(Counter(), rows).item(), sum(apart) / 2, 1e-4, what=what)


@check("any logits, any knobs", points=1, hidden=True)
def anything(learner):
    def body(case):
        logits, *knobs = case
        before = torch.tensor(logits)
        found = learner.chances(before.clone(), *knobs)
        temperature, top_k, top_p = knobs
        what = f"temperature {temperature:.2f}, top-k {top_k}, top-p {top_p:.2f} of {logits}"
        close(found, wanted(logits, *knobs), 1e-3, what=what)

    def draw(rng, size):
        count = rng.randint(2, 3 + size)
        logits = [round(rng.uniform(-4, 4), 2) + place / 1000 for place in range(count)]
        rng.shuffle(logits)
        return logits, rng.uniform(0.3, 3), rng.randint(0, count), round(rng.uniform(0, 1), 3)

    for_any(draw, body)
