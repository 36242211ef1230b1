"""Checks of the layer and of the collapse."""

import random

import torch
from torch.nn import functional

from tutor.checks import check, close, equal, for_sizes

W = [[1, 0, -1, 2], [0, 1, 1, 0], [-1, 2, 0, 1]]
B = [-1, -3, 0]


def table(rows, columns):
    return [[random.uniform(-2, 2) for _ in range(columns)] for _ in range(rows)]


def row(columns):
    return table(1, columns)[0]


@check("the example from the text", points=1)
def check_example(learner):
    found = learner.linear([[2, 1, 0, 1]], W, B)
    close(found, [[3, -2, 1]], what="linear of the figure: one input, three units")
    close(learner.relu(found), [[3, 0, 1]], what="relu of [[3, -2, 1]]")


@check("any batch and any shape", points=2)
def check_shapes(learner):
    def body(size):
        examples, inputs, units = size
        batch, weights, biases = table(examples, inputs), table(units, inputs), row(units)
        found = learner.linear(batch, weights, biases)
        wanted = functional.linear(*(torch.tensor(each) for each in (batch, weights, biases)))
        what = (
            f"linear of {examples} examples, {inputs} inputs and {units} units, against PyTorch's"
        )
        close(found, wanted.tolist(), 1e-4, what=what)
        close(learner.relu(found), wanted.relu().tolist(), 1e-4, what="relu of that")

    for_sizes([(1, 1, 1), (2, 1, 3), (3, 2, 2), (5, 4, 1), (32, 3, 5)], body)


@check("two layers of the text in one", points=1)
def check_collapse(learner):
    weights, biases = learner.collapse([[1, 2], [0, 1]], [1, 0], [[3, -1]], [2])
    close(weights, [[3, 5]], what="the weights of the one layer")
    close(biases, [5], what="the biases of the one layer")


@check("one matrix does what two did", points=2)
def check_any(learner):
    def body(size):
        inputs, hidden, outputs = size
        first, second = (table(hidden, inputs), row(hidden)), (table(outputs, hidden), row(outputs))
        batch = torch.tensor(table(3, inputs))
        wanted = batch
        for layer in (first, second):
            wanted = functional.linear(wanted, *(torch.tensor(each) for each in layer))
        weights, biases = learner.collapse(*first, *second)
        what = f"the collapse of a layer {inputs} to {hidden} and one {hidden} to {outputs}"
        close(
            [len(weights), len(weights[0])], [outputs, inputs], what=f"the shape of W after {what}"
        )
        one = functional.linear(batch, *(torch.tensor(each) for each in (weights, biases)))
        close(one.tolist(), wanted.tolist(), 1e-4, what=f"what comes out after {what}")

    for_sizes([(1, 1, 1), (1, 2, 1), (2, 1, 2), (2, 2, 2), (3, 5, 2), (4, 2, 6)], body)


@check("leaves the lists it was given alone", points=1)
def check_copies(learner):
    batch, weights, biases = [[2.0, -1.0]], [[1.0, 2.0], [0.0, 1.0]], [1.0, 0.0]
    learner.relu(learner.linear(batch, weights, biases))
    learner.relu(batch)
    learner.collapse(weights, biases, [[3.0, -1.0]], [2.0])
    equal(batch, [[2.0, -1.0]], what="the caller's batch")
    equal(weights, [[1.0, 2.0], [0.0, 1.0]], what="the caller's weights")
    equal(biases, [1.0, 0.0], what="the caller's biases")
