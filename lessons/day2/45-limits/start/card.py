"""Where a model ends: the table of a model card.

`results` holds, for each group, how many were right of how many:
{3: (398, 400), 4: (0, 400)}. `trained` holds the groups that were among
the training data.
"""


def interval(right, asked):
    """Where the true share lies, 95 times in 100 (Wilson's interval).

    With p = right / asked, n = asked and z = 1.96:
        middle = (p + z**2 / (2 n)) / (1 + z**2 / n)
        reach  = z / (1 + z**2 / n)
                 * sqrt(p (1 - p) / n + z**2 / (4 n**2))

    Returns:
        (middle - reach, middle + reach).
    """
    return (0.0, 1.0)


def card(results, trained):
    """The table, one row for each group, the worst first.

    A row is a dict: "group"; "seen", whether it was trained on; "asked";
    "share"; "least" and "most", the ends of the interval. Rows of the
    same share stand in the order of `results`.

    Raises:
        ValueError: If a group has nobody in it, or if there is no group
            that was not trained on: such a card says nothing of limits.
    """
    return []


def reach(rows, mark):
    """The groups of which one may say "at least `mark`".

    That is, those whose interval lies at `mark` or above, as a set.
    """
    return set()
