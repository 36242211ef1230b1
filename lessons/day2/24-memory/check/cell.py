"""Checks of the LSTM cell, against PyTorch's, and of the bias."""

import math

import torch
from torch import nn

from tutor.checks import check, close, equal, for_any, for_sizes


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gates(let_in, keep, new, out):
    """Weights of 0, and biases that set the four sums of a cell of one number."""
    return torch.zeros(4, 1), torch.zeros(4, 1), torch.tensor([let_in, keep, new, out])


@check("the example from the text", points=1)
def example(learner):
    x, h, c = torch.zeros(1, 1), torch.zeros(1, 1), torch.tensor([[0.8]])
    h, c = learner.lstm_cell(x, h, c, *gates(-2.0, 1.0, 0.5, 0.0))
    close(c.tolist(), [[0.6399]], 1e-3, what="what is kept of 0.8, and what is added")
    close(h.tolist(), [[0.2823]], 1e-3, what="what the cell says")


@check("an open gate keeps, a closed one lets nothing in", points=1)
def keeps(learner):
    # e to the 50 is still a number: a sigmoid written as e^x / (1 + e^x) passes too.
    x, h, c = drawn(0, 3, 1), drawn(1, 3, 1), 5 * drawn(2, 3, 1)
    _, kept = learner.lstm_cell(x, h, c, *gates(-50.0, 50.0, 3.0, 0.0))
    equal(
        kept.tolist(),
        c.tolist(),
        what="the cell, with its forget gate at 1 and its input gate at 0",
    )
    _, kept = learner.lstm_cell(x, h, c, *gates(-50.0, -50.0, 3.0, 0.0))
    close(kept.tolist(), [[0.0]] * 3, what="the cell, with both gates at 0")
    _, kept = learner.lstm_cell(x, h, c, *gates(50.0, 50.0, 0.5, 0.0))
    close(kept.tolist(), (c + math.tanh(0.5)).tolist(), 1e-4, what="the cell, with both gates at 1")


@check("any shape, against PyTorch's", points=2)
def shapes(learner):
    def body(size):
        count, inputs, hidden = size
        theirs = nn.LSTMCell(inputs, hidden)
        with torch.no_grad():
            theirs.weight_ih.copy_(drawn(0, 4 * hidden, inputs))
            theirs.weight_hh.copy_(drawn(1, 4 * hidden, hidden))
            theirs.bias_ih.copy_(drawn(2, 4 * hidden))
            theirs.bias_hh.zero_()
        x, h, c = drawn(3, count, inputs), drawn(4, count, hidden), 2 * drawn(5, count, hidden)
        weights = theirs.weight_ih.detach(), theirs.weight_hh.detach(), theirs.bias_ih.detach()
        said, kept = learner.lstm_cell(x, h, c, *weights)
        with torch.no_grad():
            wanted = theirs(x, (h, c))
        what = f"of {count} inputs of {inputs} numbers, {hidden} hidden"
        close(kept.tolist(), wanted[1].tolist(), 1e-4, what=f"the new c {what}")
        close(said.tolist(), wanted[0].tolist(), 1e-4, what=f"the new h {what}")

    for_sizes([(1, 1, 1), (3, 2, 1), (2, 1, 4), (5, 3, 6)], body)


@check("changes nothing that it was given", points=1)
def copies(learner):
    given = (
        drawn(0, 2, 3),
        drawn(1, 2, 2),
        drawn(2, 2, 2),
        drawn(3, 8, 3),
        drawn(4, 8, 2),
        drawn(5, 8),
    )
    before = [each.tolist() for each in given]
    learner.lstm_cell(*given)
    equal([each.tolist() for each in given], before, what="the caller's tensors")


@check("the bias for a half", points=1)
def half(learner):
    close(learner.bias_for(1, 0.5), 0.0, what="the bias that keeps a half over one step")
    close(learner.bias_for(2, 0.25), 0.0, what="the bias that keeps a quarter over two steps")
    close(learner.bias_for(49, 0.5), 4.2510, 1e-3, what="the bias that keeps a half over 49 steps")


@check("any steps, any share", points=1, hidden=True)
def any_steps(learner):
    def body(case):
        steps, kept = case
        if steps < 1 or not 0.05 <= kept <= 0.95:
            return
        bias = learner.bias_for(steps, kept)
        left = 1.0
        for _ in range(steps):
            left /= 1 + math.exp(-bias)
        close(left, kept, 1e-4, what=f"what is left after {steps} steps at that bias")

    for_any(lambda rng, size: (1 + rng.randrange(1 + 4 * size), rng.uniform(0.05, 0.95)), body)
