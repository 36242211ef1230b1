"""Two rules of the search: which branch to look at next, and what a result changes on the way back."""

import math


def puct(q, visits, prior, c):
    """The index of the move to look at next."""
    total = sum(visits)
    if not total:
        return prior.index(max(prior))
    scores = [
        value + c * chance * math.sqrt(total)
        for value, count, chance in zip(q, visits, prior, strict=True)
    ]
    return scores.index(max(scores))


def backup(path, value):
    """Carry a result up the tree."""
    for move in reversed(path):
        value = -value
        move[0] += 1
        move[1] += value
