"""Layers without a framework: a batch is a list of rows, weights are a list of rows, one a unit."""


def linear(rows, weights, biases):
    """Return W x + b for each row x of a batch, as a new list of rows."""
    return [
        [
            sum(w * x for w, x in zip(weights[0], row, strict=True)) + bias
            for unit, bias in zip(weights, biases, strict=True)
        ]
        for row in rows
    ]


def relu(rows):
    """Return the rows with every number below 0 made 0, as a new list of rows."""
    return [[max(0, x) for x in row] for row in rows]


def collapse(weights1, biases1, weights2, biases2):
    """Return (weights, biases) of the one layer that does what these two do, the first one first."""
    columns = list(zip(*weights1, strict=True))
    weights = [
        [sum(w2 * w1 for w2, w1 in zip(unit, column, strict=True)) for column in columns]
        for unit in weights2
    ]
    return weights, linear([biases1], weights2, biases2)[0]
