"""What a yes-or-no decision does to each group.

`truth` and `called` hold 0 or 1 for each person, `groups` a name; all
three are lists of the same length.
"""


def group_metrics(truth, called, groups):
    """The rates of each group.

    Args:
        truth: 1 where it happened.
        called: 1 where the person was flagged.
        groups: The group of each person.

    Returns:
        For each group, by name, a dict:
            "people": how many there are,
            "base rate": share to whom it happened,
            "false positive rate": flagged, of those to whom it did not,
            "false negative rate": not flagged, of those to whom it did,
            "predictive value": to whom it did happen, of those flagged.
        A share of nobody is None, since 0 would be a claim.
    """
    return {}


def gap(metrics, rate):
    """How far the groups are apart in a rate.

    Args:
        metrics: What group_metrics returned.
        rate: The name of a rate.

    Returns:
        Its largest value less its smallest, over the groups that have
        it; None if fewer than two do.
    """
    return 0.0
