"""Many boxes to one a thing, and what a list of boxes is worth."""


def iou(a, b):
    """Intersection over union of two boxes: left, top, right, bottom."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return both / (sum(areas) - both)


def nms(boxes, scores, most):
    """Non-maximum suppression.

    Args:
        boxes: A list of boxes, each left, top, right, bottom.
        scores: How sure each is, in the same order; no two alike.
        most: A box that shares more than this (IoU) with one that is
            kept is dropped.

    Returns:
        The places of the boxes that are kept, best score first.
    """
    return list(range(len(boxes)))


def average_precision(right, there):
    """The area under precision against recall.

    Args:
        right: For each box of the list, best score first, whether it
            found something: True or False.
        there: How many things there were to find, at least 1.

    Returns:
        For each box that is right, the precision there or at a later
        place, whichever is the greatest; their sum over `there`.
    """
    return 0.0
