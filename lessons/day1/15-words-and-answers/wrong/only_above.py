"""A language model of pairs: which letter follows which, counted."""

import math
from itertools import pairwise


def bigram(text, letters, alpha):
    """How likely each letter follows each, with `alpha` added to every count."""
    counts = {x: dict.fromkeys(letters, alpha) for x in letters}
    for x, y in pairwise(text):
        counts[x][y] += 1
    table = {}
    for x, row in counts.items():
        every = sum(row.values()) - alpha * (len(letters) - 1)
        table[x] = {y: count / every if every else 0.0 for y, count in row.items()}
    return table


def bits(table, text):
    """The mean surprise of each letter of a text but its first, in bits."""
    chances = [table[x][y] for x, y in pairwise(text)]
    if 0 in chances:
        return math.inf
    return -sum(map(math.log2, chances)) / len(chances)
