"""What a yes-or-no decision does to each group."""


def share(part, whole):
    return part / whole if whole else None


def group_metrics(truth, called, groups):
    """The rates of each group."""
    found = {}
    for name in dict.fromkeys(groups):
        mine = [(t, c) for t, c, g in zip(truth, called, groups, strict=True) if g == name]
        tn, fp, fn, tp = (mine.count(pair) for pair in ((0, 0), (0, 1), (1, 0), (1, 1)))
        found[name] = {
            "people": len(mine),
            "base rate": share(fn + tp, len(mine)),
            "false positive rate": share(fp, fp + tn),
            "false negative rate": share(fn, fn + tp),
            "predictive value": share(tp, tp + fp),
        }
    return found


def gap(metrics, rate):
    """How far the groups are apart in a rate."""
    values = [each[rate] for each in metrics.values() if each[rate] is not None]
    return max(values) - min(values) if len(values) > 1 else None
