"""Who stands beside whom, and what a guess costs."""

from math import exp, log


def pairs(words, window):
    """Every (middle, neighbour), in the order of the sentence."""
    found = []
    for i, middle in enumerate(words):
        window_of = range(i, min(len(words), i + window + 1))
        found += [(middle, words[j]) for j in window_of if j != i]
    return found


def score(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def loss(middle, true, drawn):
    """The loss of one true pair and of the words drawn beside it."""
    total = log(1 + exp(-score(middle, true)))
    for stranger in drawn:
        total += log(1 + exp(score(middle, stranger)))
    return total
