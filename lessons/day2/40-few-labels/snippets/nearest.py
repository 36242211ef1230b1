examples = {"red": [2, 4], "green": [6, 16]}
asked = 5.5


def nearest(points):
    return min(points, key=lambda name: min(abs(asked - x) for x in points[name]))


means = {name: [sum(xs) / len(xs)] for name, xs in examples.items()}
print(nearest(examples), nearest(means))
