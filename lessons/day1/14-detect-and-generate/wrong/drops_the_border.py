"""Many boxes to one a thing, and what a list of boxes is worth."""


def iou(a, b):
    """Intersection over union of two boxes: left, top, right, bottom."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return both / (sum(areas) - both)


def nms(boxes, scores, most):
    """Non-maximum suppression."""
    kept = []
    for place in sorted(range(len(boxes)), key=lambda each: -scores[each]):
        if all(iou(boxes[place], boxes[better]) < most for better in kept):
            kept.append(place)
    return kept


def average_precision(right, there):
    """The area under precision against recall."""
    precision, found = [], 0
    for place, hit in enumerate(right, start=1):
        found += hit
        precision.append(found / place)
    return sum(max(precision[place:]) for place, hit in enumerate(right) if hit) / there
