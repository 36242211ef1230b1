"""Two rules of the search: where to look next, and what comes back."""

import math


def puct(q, visits, prior, c):
    """The index of the move to look at next.

    Args:
        q: Mean value of each move so far, from -1 to 1; 0 where it was
            not tried.
        visits: How often each was tried.
        prior: What the policy network thinks of each, a probability.
        c: How much the prior and curiosity count.

    Returns:
        The move with the greatest
            q + c * prior * sqrt(sum of visits) / (1 + visits),
        the first of equals. Before anything was visited the root is 0
        for all: then the greatest prior.
    """
    return 0


def backup(path, value):
    """Carry a result up the tree.

    Args:
        path: From the root to the new position, one entry for each move
            on the way: a list [visits, total], changed in place.
        value: What the new position is worth to the side that moves
            *there*, from -1 to 1.

    Each visit counts one, and adds to the total what it was worth to
    the side that made the move. The side that made the last move is the
    other one.
    """
