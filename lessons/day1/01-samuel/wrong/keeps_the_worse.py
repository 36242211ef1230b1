"""The two parts of Samuel's loop. Plain floats and lists."""


def worth(weights, features):
    """Return what a board is worth: each feature times its weight, added up."""
    return sum(weight * value for weight, value in zip(weights, features, strict=True))


def improve(weights, score, step, rng):
    """Return the weights to go on with after one random change, as a new list."""
    changed = [weight + rng.gauss(0, step) for weight in weights]
    return changed if score(changed) < score(weights) else list(weights)
