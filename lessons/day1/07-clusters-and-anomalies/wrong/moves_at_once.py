"""k-means, and how odd a point is beside what was seen."""


def square(point, centre):
    return sum((a - b) ** 2 for a, b in zip(point, centre, strict=True))


def turn(points, centres):
    """One turn of k-means."""
    owned, moved = [[] for _ in centres], list(centres)
    for point in points:
        distances = [square(point, centre) for centre in moved]
        mine = distances.index(min(distances))
        owned[mine].append(point)
        moved[mine] = tuple(sum(axis) / len(owned[mine]) for axis in zip(*owned[mine], strict=True))
    return moved


def oddness(point, centres):
    """How far a point is from all that is normal."""
    return min(square(point, centre) for centre in centres)
