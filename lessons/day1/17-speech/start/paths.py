"""What a path spells, and how likely an answer is."""

import itertools
import math


def collapse(path, blank=0):
    """The answer that a path spells.

    Args:
        path: A symbol for each frame, a list of whole numbers.
        blank: The symbol that stands for nothing.

    Returns:
        A list: first repeats become one, then blanks go.
    """
    return list(path)


def chance(frames, answer, blank=0):
    """How likely an answer is: the chances of all its paths, added up.

    Args:
        frames: frames[t][symbol], what each frame says; lists that sum to 1.
        answer: A list of symbols, without blanks.
        blank: The symbol that stands for nothing.
    """
    return 0.0
