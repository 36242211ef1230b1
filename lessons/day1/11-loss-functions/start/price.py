"""The price of an answer, and its slope. Plain floats and lists."""

import math


def cross_entropy(logits, label):
    """Return -ln p, with p the probability that softmax gives label.

    logits: list of floats of any size, one for each class
    label:  the index of the right class

    cross_entropy([2.0, 1.0, 0.0], 0) -> 0.4076, about
    """
    raise NotImplementedError("cross_entropy is yours to write")


def slope(logits, label):
    """Return the slope of that loss by each logit, as a new list.

    It is the probability of each class, less 1 for the label.

    slope([2.0, 1.0, 0.0], 0) -> [-0.335, 0.245, 0.090], about
    """
    raise NotImplementedError("slope is yours to write")
