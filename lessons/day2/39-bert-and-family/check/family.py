"""Checks of holes and of the contrastive loss."""

import math

import torch

from tutor.checks import check, close, equal, for_any, for_sizes

KINDS, MASK = 1000, 1000


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def text():
    return torch.randint(KINDS, (200, 200), generator=dice(5))


def by_definition(one, other, temperature):
    """Each with each, pair by pair, in plain Python."""

    def cosine(a, b):
        long = math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))
        return sum(x * y for x, y in zip(a, b, strict=True)) / long

    def cost(asked, known):
        total = 0.0
        for place, each in enumerate(asked):
            powers = [math.exp(cosine(each, it) / temperature) for it in known]
            total -= math.log(powers[place] / sum(powers))
        return total / len(asked)

    return (cost(one, other) + cost(other, one)) / 2


@check("eight, one and one in ten", points=2)
def rates(learner):
    tokens = text()
    shown, labels = learner.hide(tokens, MASK, KINDS, dice())
    chosen = labels != -100
    close(chosen.float().mean().item(), 0.15, 0.01, what="the share that is chosen")
    here, before = shown[chosen], tokens[chosen]
    masked = (here == MASK).float().mean().item()
    other = ((here != MASK) & (here != before)).float().mean().item()
    close(masked, 0.8, 0.03, what="of these, the share behind a mask")
    close(other, 0.1, 0.02, what="of these, the share that shows another token")


@check("only what is chosen changes", points=1)
def the_rest(learner):
    tokens = text()
    before = tokens.clone()
    shown, labels = learner.hide(tokens, MASK, KINDS, dice(1), 0.3)
    equal(bool((tokens == before).all()), True, what="whether the text given is as it was")
    kept = labels == -100
    close(kept.float().mean().item(), 0.7, 0.02, what="the share without a label, of share 0.3")
    wrong = (shown[kept] != before[kept]).sum().item()
    equal(wrong, 0, what="how many tokens that nobody chose have changed")


@check("labels where it was chosen", points=1)
def labelled(learner):
    tokens = text()
    shown, labels = learner.hide(tokens, MASK, KINDS, dice(2))
    changed = shown != tokens
    equal(bool((labels == -100).any()), True, what="whether any token has no label")
    right = bool((labels[changed] == tokens[changed]).all())
    equal(right, True, what="whether the labels of changed tokens are the true ones")


@check("other dice, other holes", points=1)
def random(learner):
    tokens = text()
    first, second, again = (learner.hide(tokens, MASK, KINDS, dice(seed))[0] for seed in (3, 4, 3))
    equal(bool((first == again).all()), True, what="whether the same dice make the same holes")
    equal(bool((first == second).all()), False, what="whether other dice make the same holes")


@check("both ways, by hand", points=1)
def by_hand(learner):
    one = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    other = torch.tensor([[0.8, 0.6], [0.0, 1.0], [0.96, 0.28]])
    for temperature in (1.0, 0.1):
        wanted = by_definition(one.tolist(), other.tolist(), temperature)
        found = learner.info_nce(one, other, temperature).item()
        close(found, wanted, 1e-3, what=f"three pairs at temperature {temperature}")


@check("only directions count", points=1)
def directions(learner):
    rows = torch.randn(4, 3, generator=dice())
    longer = rows * torch.tensor([[1.0], [5.0], [0.2], [30.0]])
    close(
        learner.info_nce(longer, rows, 0.5).item(),
        learner.info_nce(rows, rows, 0.5).item(),
        1e-4,
        what="rows of other lengths, the same directions",
    )


@check("the coin of any batch", points=1, hidden=True)
def coin(learner):
    def same(count):
        rows = torch.ones(count, 4)
        found = learner.info_nce(rows, rows, 0.1).item()
        close(found, math.log(count), 1e-3, what=f"the loss of {count} points in one place")

    for_sizes([1, 2, 8, 50], same)

    def any_batch(case):
        one, other, temperature = case
        found = learner.info_nce(torch.tensor(one), torch.tensor(other), temperature).item()
        wanted = by_definition(one, other, temperature)
        close(found, wanted, 1e-2, what=f"{len(one)} pairs at temperature {temperature:.2f}")

    def draw(rng, size):
        shape = range(rng.randint(1, 2 + size)), range(3)
        one, other = ([[rng.uniform(-1, 2) for _ in shape[1]] for _ in shape[0]] for _ in "ab")
        return one, other, rng.uniform(0.2, 2)

    for_any(draw, any_batch)
