"""Checks of the loss."""

import math

import torch

from tutor.checks import check, close, fail


@check("sure and right costs nothing", points=1)
def check_sure(learner):
    scores = torch.full((3, 10), -10.0)
    scores[range(3), [2, 7, 1]] = 10.0
    loss = learner.loss_of(scores, torch.tensor([2, 7, 1]))
    close(float(loss), 0.0, 1e-3, what="the loss where the right score is 10 and the others -10")


@check("no idea costs ln 10", points=1)
def check_guess(learner):
    loss = learner.loss_of(torch.zeros(4, 10), torch.tensor([0, 3, 5, 9]))
    close(float(loss), math.log(10), 1e-4, what="the loss of ten equal scores")


@check("sure and wrong costs as much as the scores differ", points=1)
def check_wrong(learner):
    scores = torch.tensor([[5.0, 0.0], [0.0, 3.0]])
    expected = (math.log(1 + math.exp(5)) + math.log(1 + math.exp(3))) / 2
    loss = learner.loss_of(scores, torch.tensor([1, 0]))
    close(float(loss), expected, 1e-4, what="the loss of the scores [[5, 0], [0, 3]], both wrong")


@check("pulls at the scores by probability minus truth", points=1)
def check_gradient(learner):
    scores = torch.tensor([[2.0, 0.0, -1.0]], requires_grad=True)
    learner.loss_of(scores, torch.tensor([1])).backward()
    if scores.grad is None:
        fail("No gradient reaches the scores.")
    weights = [math.exp(2), 1.0, math.exp(-1)]
    expected = [each / sum(weights) for each in weights]
    expected[1] -= 1
    close(scores.grad[0], expected, 1e-4, what="the gradient at the scores [2, 0, -1], label 1")


@check("stays finite where scores are large", points=1)
def check_large(learner):
    scores = torch.tensor([[200.0, 0.0]])
    loss = learner.loss_of(scores, torch.tensor([1]))
    close(float(loss), 200.0, 1e-3, what="the loss of the scores [200, 0], label 1")
