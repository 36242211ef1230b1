"""Checks of the two machines."""

import random

from tutor.checks import check, close, equal

SQUARE = [[0, 0], [0, 1], [1, 0], [1, 1]]
AND = [0, 0, 0, 1]
OR = [0, 1, 1, 1]
XOR = [0, 1, 1, 0]


def neuron(learner, *inputs):
    """The learner's answer; True and 1, False and 0 are one answer here."""
    answer = learner.mp_neuron(*inputs)
    return int(answer) if isinstance(answer, bool) else answer


@check("fires at the threshold", points=1)
def check_threshold(learner):
    corners = "the answer at (0,0) (0,1) (1,0) (1,1)"
    both = [neuron(learner, point, [], 2) for point in SQUARE]
    equal(both, AND, what=f"{corners} with threshold 2")
    either = [neuron(learner, point, [], 1) for point in SQUARE]
    equal(either, OR, what=f"{corners} with threshold 1")
    three = neuron(learner, [1, 1, 0, 1], [0, 0], 3)
    equal(three, 1, what="the answer with three of four active and threshold 3")
    two = neuron(learner, [1, 1, 0, 0], [0, 0], 3)
    equal(two, 0, what="the answer with two of four active and threshold 3")


@check("one inhibitory input vetoes", points=1)
def check_veto(learner):
    alone = neuron(learner, [1, 1, 1, 1], [1], 1)
    equal(alone, 0, what="the answer with four active, one veto and threshold 1")
    among = neuron(learner, [1, 1, 1, 1], [0, 0, 1], 2)
    equal(among, 0, what="the answer with one active veto among three and threshold 2")
    inverted = [neuron(learner, [1], [x], 1) for x in (0, 1)]
    equal(inverted, [1, 0], what="NOT, a constant 1 vetoed by x = 0 and x = 1,")


@check("the epoch worked out in the lesson", points=1)
def check_epoch(learner):
    weights, bias, mistakes = learner.perceptron_epoch([0, 0], 0, SQUARE, AND, 1)
    close(list(weights), [1, 1], what="the list of weights after one epoch of AND")
    close(bias, 0, what="the bias after one epoch of AND")
    equal(mistakes, 2, what="the number of mistakes in the first epoch of AND")
    weights, bias, mistakes = learner.perceptron_epoch([1, 1], 0, SQUARE, AND, 1)
    close([*weights, bias], [2, 1, -1], what="[w1, w2, b] after the second epoch")
    equal(mistakes, 3, what="the number of mistakes in the second epoch of AND")


@check("the learning rate scales each step", points=1)
def check_learning_rate(learner):
    # One point on the wrong side: the step is ± learning_rate times the input, whatever its size.
    weights, bias, mistakes = learner.perceptron_epoch([1, -2], 0.5, [[0.5, -3.0]], [0], 0.25)
    close([*weights, bias], [0.875, -1.25, 0.25], what="[w1, w2, b] after one false alarm")
    equal(mistakes, 1, what="the number of mistakes on that one point")
    weights, bias, mistakes = learner.perceptron_epoch([2, 1], -3, SQUARE, AND, 0.25)
    close([*weights, bias], [2, 1, -3], what="[w1, w2, b] where nothing was wrong")
    equal(mistakes, 0, what="the number of mistakes where nothing was wrong")


def separable(rng, size):
    """Twelve points and the classes a line gives them, none closer to it than 0.25.

    With sides of 2 and the constant input no point is further than sqrt(size + 1) from the
    origin, so Novikoff's bound is (size + 1) / 0.25**2 <= 80 mistakes, hence <= 81 epochs.
    """
    normal = [rng.gauss(0, 1) for _ in range(size + 1)]
    length = sum(value * value for value in normal) ** 0.5
    points, targets = [], []
    while len(points) < 12:
        point = [rng.uniform(-1, 1) for _ in range(size)]
        distance = sum(n * x for n, x in zip(normal, [*point, 1.0], strict=True)) / length
        if abs(distance) >= 0.25:
            points.append(point)
            targets.append(int(distance > 0))
    return points, targets


@check("learns whatever a line can part", points=1)
def check_converges(learner):
    rng = random.Random(1958)
    for size in (2, 2, 3, 4):
        points, targets = separable(rng, size)
        weights, bias, mistakes = [0.0] * size, 0.0, -1
        for _ in range(100):
            weights, bias, mistakes = learner.perceptron_epoch(weights, bias, points, targets, 1.0)
        what = f"the number of mistakes in epoch 100, with 12 separable points of {size} inputs,"
        equal(mistakes, 0, what=what)


@check("leaves the lists it was given alone", points=1, hidden=True)
def check_pure(learner):
    weights = [0.0, 0.0]
    inputs = [list(point) for point in SQUARE]
    learner.perceptron_epoch(weights, 0.0, inputs, XOR, 1.0)
    equal(weights, [0.0, 0.0], what="the list of weights handed in, after the call")
    equal(inputs, SQUARE, what="the list of points handed in, after the call")
