"""Successive halving: many settings briefly, few of them to the end."""


def halve(settings, score, first, factor=3):
    """Return (winner, spent).

    settings: what to choose from
    score:    score(setting, steps) trains a setting on until it has had
              so many steps in all, and returns how good it is then;
              more is better
    first:    steps of the first rung; each later rung has `factor`
              times as many
    factor:   of so many settings one is kept, but never fewer than one;
              of equals the earlier

    It ends with the rung that has one setting in it, which is the
    winner. `spent` counts every training step once: a setting that had
    5 steps and is brought to 15 costs 10.
    """
    raise NotImplementedError("halve is yours to write")
