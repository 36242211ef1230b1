"""k-means, and how odd a point is beside what was seen.

Points and centres are tuples of numbers.
"""


def turn(points, centres):
    """One turn of k-means.

    Args:
        points: A list of points, tuples of equal length.
        centres: A list of centres, tuples of that length too.

    Returns:
        A new list of centres: each at the mean of the points that it is
        nearest to (the first of equals). A centre that owns no point
        stays where it is.
    """
    return centres


def oddness(point, centres):
    """How far a point is from all that is normal.

    Args:
        point: A tuple of numbers.
        centres: A list of centres.

    Returns:
        The squared distance from the point to the centre that is
        nearest to it.
    """
    return 0.0
