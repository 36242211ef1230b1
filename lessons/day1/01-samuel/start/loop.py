"""The two parts of Samuel's loop. Plain floats and lists."""


def worth(weights, features):
    """Return what a board is worth: each feature times its weight, added up.

    weights, features: lists of numbers of the same length

    worth([2, -3], [1, 1]) -> -1
    """
    raise NotImplementedError("worth is yours to write")


def improve(weights, score, step, rng):
    """Return the weights to go on with after one random change, as a new list.

    A change adds to each weight a number drawn by `rng.gauss(0, step)`. It is kept only if the
    changed weights score higher than the old ones; otherwise the old weights are returned.

    weights: list of floats
    score:   a function; score(weights) is a number, more is better, and it is expensive
    step:    standard deviation of a change
    rng:     a random.Random; nothing else random is used
    """
    raise NotImplementedError("improve is yours to write")
