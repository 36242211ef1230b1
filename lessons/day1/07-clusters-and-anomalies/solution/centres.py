"""k-means, and how odd a point is beside what was seen."""


def square(point, centre):
    return sum((a - b) ** 2 for a, b in zip(point, centre, strict=True))


def turn(points, centres):
    """One turn of k-means."""
    owned = [[] for _ in centres]
    for point in points:
        distances = [square(point, centre) for centre in centres]
        owned[distances.index(min(distances))].append(point)
    return [
        tuple(sum(axis) / len(mine) for axis in zip(*mine, strict=True)) if mine else centre
        for mine, centre in zip(owned, centres, strict=True)
    ]


def oddness(point, centres):
    """How far a point is from all that is normal."""
    return min(square(point, centre) for centre in centres)
