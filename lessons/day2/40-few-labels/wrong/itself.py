"""The loss of the twins (NT-Xent), in plain Python."""

import math


def unit(row):
    length = math.sqrt(sum(x * x for x in row))
    return [x / length for x in row]


def nt_xent(first, second, temperature):
    """How badly each view finds its twin among all other views."""
    views = [unit(row) for row in [*first, *second]]
    n, total = len(first), 0.0
    for i, view in enumerate(views):
        scores = {
            k: sum(a * b for a, b in zip(view, other, strict=True)) / temperature
            for k, other in enumerate(views)
        }
        top = max(scores.values())
        spread = top + math.log(sum(math.exp(score - top) for score in scores.values()))
        total += spread - scores[(i + n) % (2 * n)]
    return total / (2 * n)
