"""Histograms of oriented gradients, in small."""

import math


def gradients(image):
    """How much brighter it gets at each inner pixel.

    Args:
        image: Rows of numbers, at least 3 by 3.

    Returns:
        Rows of pairs (across, down), two rows and two columns fewer
        than the image: right neighbour less left, below less above.
    """
    return []


def hog(image, cell, bins):
    """The shares of the directions, cell by cell.

    Args:
        image: Rows of numbers. The gradients of its inner pixels fill
            whole cells.
        cell: Side of a cell, in gradients.
        bins: How many directions there are, evenly over half a turn;
            bin 0 is "brighter to the right, or to the left", and a
            direction belongs to the bin whose middle is nearest.

    Returns:
        A list for each cell, row by row: the lengths of its gradients
        added up by bin, then divided so that they sum to 1. All zeros
        where a cell has no gradient at all.
    """
    return []
