"""Who stands beside whom, and what a guess costs."""

from math import exp, log


def pairs(words, window):
    """Every (middle, neighbour), in the order of the sentence.

    `words` is a list; a neighbour is at most `window` places away,
    on either side, and is not the middle itself.
    """
    return []


def loss(middle, true, drawn):
    """The loss of one true pair and of the words drawn beside it.

    `middle` and `true` are lists of numbers, `drawn` is a list of
    such lists.
    """
    return 0.0
