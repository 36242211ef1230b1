"""The loss of the twins (NT-Xent), in plain Python."""

import math


def nt_xent(first, second, temperature):
    """How badly each view finds its twin among all other views.

    Args:
        first: A view of each of n drawings: n rows of numbers, none
            all 0.
        second: Another view of the same drawings, in the same order.
        temperature: What the cosines are divided by.

    Returns:
        The mean, over all 2n views, of minus the logarithm of the
        softmax's share for the twin. A view is compared with all
        views but itself.
    """
    return 0.0
