"""Successive halving: many settings briefly, few of them to the end."""


def halve(settings, score, first, factor=3):
    """Return (winner, spent)."""
    there, steps, before, spent = list(settings), first, 0, 0
    while True:
        scores = [score(setting, steps) for setting in there]
        spent += len(there) * (steps - before)
        if len(there) == 1:
            return there[0], spent
        order = sorted(range(len(there)), key=lambda i: scores[i])
        there = [there[i] for i in order[: max(1, len(there) // factor)]]
        before, steps = steps, steps * factor
