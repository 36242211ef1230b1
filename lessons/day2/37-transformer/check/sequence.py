"""Checks of the waves, of teaching and of writing."""

import math

import torch
from torch import nn
from torch.nn import functional

from tutor.checks import check, close, equal, for_any, for_sizes

KINDS, PAD, BEGIN, END = 12, 0, 1, 2


class Adder(nn.Module):
    """Says the last token plus the first of what it reads; notes what it was given."""

    def __init__(self):
        super().__init__()
        self.given = []

    def forward(self, source, written):
        self.given.append(written.tolist())
        return 4.0 * functional.one_hot((written + source[:, :1]) % KINDS, KINDS).float()


def follow(step, longest):
    """What Adder says, worked out without it."""
    token, said = BEGIN, []
    while len(said) < longest:
        token = (token + step) % KINDS
        if token == END:
            break
        said.append(token)
    return said


def tokens(*values):
    return torch.tensor([values])


@check("the table from the text", points=1)
def table(learner):
    wanted = [
        [0.0, 1.0, 0.0, 1.0],
        [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)],
        [math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)],
    ]
    close(learner.positional(3, 4), wanted, 1e-4, what="three places of width 4")


@check("only the distance counts", points=1)
def distance(learner):
    def body(size):
        long, width = size
        waves = learner.positional(long, width)
        equal(list(waves.shape), [long, width], what="the shape of the waves")
        products = waves @ waves.T
        what = f"place 0 times place {long - 2}, and place 1 times place {long - 1}"
        close(products[0, long - 2].item(), products[1, long - 1].item(), 1e-3, what=what)
        equal(len({tuple(row) for row in waves.tolist()}), long, what="how many places differ")

    for_sizes([(2, 2), (3, 2), (8, 4), (50, 16), (64, 64)], body)


@check("the loss by hand", points=1)
def by_hand(learner):
    right, wrong = math.log(math.exp(4) + KINDS - 1) - 4, math.log(math.exp(4) + KINDS - 1)
    found = learner.teacher_loss(Adder(), tokens(3), tokens(BEGIN, 4, 7, END), PAD)
    what = "two tokens that it foresaw (4 and 7 after 1) and one that it did not (2 after 7)"
    close(found.item(), (2 * right + wrong) / 3, 1e-4, what=what)


@check("the true tokens go in, and not the last", points=1)
def shifted(learner):
    model = Adder()
    learner.teacher_loss(model, tokens(3), tokens(BEGIN, 4, 7, 9, END), PAD)
    equal(model.given, [[[BEGIN, 4, 7, 9]]], what="what the model was given to go on from")


@check("padding does not count", points=1)
def padding(learner):
    short = learner.teacher_loss(Adder(), tokens(3), tokens(BEGIN, 4, END), PAD)
    long = learner.teacher_loss(Adder(), tokens(3), tokens(BEGIN, 4, END, PAD, PAD), PAD)
    close(long.item(), short.item(), 1e-4, what="the loss of an answer with padding behind it")


@check("goes on from its own words", points=1)
def own_words(learner):
    model = Adder()
    found = learner.greedy(model, tokens(3), BEGIN, END, 3)
    equal(list(found), [4, 7, 10], what="three tokens after 1, each 3 more than the last")
    wanted = [[[BEGIN]], [[BEGIN, 4]], [[BEGIN, 4, 7]]]
    equal(model.given[:3], wanted, what="what the model was given, call by call")


@check("stops at the end, or when it is long enough", points=1)
def stops(learner):
    found = list(learner.greedy(Adder(), tokens(5), BEGIN, END, 50))
    equal(found, follow(5, 50), what="the answer that comes to its end, 2, after four tokens")
    equal(list(learner.greedy(Adder(), tokens(0), BEGIN, END, 6)), [1] * 6, what="one without end")
    equal(list(learner.greedy(Adder(), tokens(1), BEGIN, END, 6)), [], what="an end at once")


@check("any beginning, any length", points=1, hidden=True)
def any_answer(learner):
    def body(case):
        step, longest = case
        found = list(learner.greedy(Adder(), tokens(step), BEGIN, END, longest))
        equal(found, follow(step, longest), what=f"at most {longest} tokens, each {step} more")

    for_any(lambda rng, size: (rng.randint(0, KINDS - 1), rng.randint(1, 2 + size)), body)
