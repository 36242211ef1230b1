"""Histograms of oriented gradients, in small."""

import math


def gradients(image):
    """How much brighter it gets at each inner pixel."""
    rows, columns = range(1, len(image) - 1), range(1, len(image[0]) - 1)
    return [
        [(image[y][x + 1] - image[y][x - 1], image[y + 1][x] - image[y - 1][x]) for x in columns]
        for y in rows
    ]


def hog(image, cell, bins):
    """The shares of the directions, cell by cell."""
    slopes, found = gradients(image), []
    cell = max(len(slopes), len(slopes[0]))
    for top in range(0, len(slopes), cell):
        for left in range(0, len(slopes[0]), cell):
            counts = [0.0] * bins
            for row in slopes[top : top + cell]:
                for across, down in row[left : left + cell]:
                    angle = math.atan2(down, across)
                    counts[round(angle / (math.pi / bins)) % bins] += math.hypot(across, down)
            total = sum(counts)
            found.append([count / total if total else 0.0 for count in counts])
    return found
