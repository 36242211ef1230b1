"""What a path spells, and how likely an answer is."""

import itertools
import math


def collapse(path, blank=0):
    """The answer that a path spells."""
    answer, before = [], blank
    for symbol in path:
        if symbol not in (before, blank):
            answer.append(symbol)
        before = symbol
    return answer


def chance(frames, answer, blank=0):
    """How likely an answer is: the chances of all its paths, added up."""
    total = 0.0
    for path in itertools.product(range(len(frames[0])), repeat=len(frames)):
        if collapse(path, blank) == list(answer):
            total += sum(frame[symbol] for frame, symbol in zip(frames, path, strict=True))
    return total
