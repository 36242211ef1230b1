"""One step downhill, as SGD takes it and as Adam takes it.

Plain floats and lists.
"""

import math


def sgd_step(weights, gradients, learning_rate):
    """Return the new weights, each one moved against its gradient.

    weights:       list of floats
    gradients:     list of floats, one per weight
    learning_rate: a float

    The answer is a new list.

    sgd_step([1.0, 2.0], [0.5, -1.0], 0.1) -> [0.95, 2.1]
    """
    raise NotImplementedError("sgd_step is yours to write")


def adam_step(
    weights, gradients, m, v, t,
    learning_rate, beta1=0.9, beta2=0.999, eps=1e-8,
):  # fmt: skip
    """Return (weights, m, v) after one step of Adam, as three new lists.

    weights, gradients: lists of floats, as above
    m, v: lists of floats, the running means of the gradients and of
          their squares; both are all zeros before the first step
    t:    the number of this step, from 1

    adam_step([1.0], [0.3], [0.0], [0.0], 1, 0.001)
    -> ([0.999], [0.03], [0.00009]), about
    """
    raise NotImplementedError("adam_step is yours to write")
