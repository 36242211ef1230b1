"""The two parts of Samuel's loop. Plain floats and lists."""


def worth(weights, features):
    """Return the worth of a board: features times weights, summed.

    weights, features: lists of numbers of the same length

    worth([2, -3], [1, 1]) -> -1
    """
    raise NotImplementedError("worth is yours to write")


def improve(weights, score, step, rng):
    """Return the weights to go on with after one random change.

    A change adds to each weight a number drawn by rng.gauss(0, step).
    It is kept only if the changed weights score higher than the old
    ones; otherwise the old weights are returned. Either is a new list.

    weights: list of floats
    score:   a function: score(weights) is a number, more is better,
             and each call is a whole test, so it is expensive
    step:    standard deviation of a change
    rng:     a random.Random; nothing else random is used
    """
    raise NotImplementedError("improve is yours to write")
