"""A forecast with two edges: what a quantile costs, and how often a band holds."""


def pinball(targets, quantiles, tau):
    """The mean pinball loss."""
    short = (sum(targets) - sum(quantiles)) / len(targets)
    return max(tau * short, (tau - 1) * short)


def coverage(targets, lows, highs):
    """The share of targets within their band, the edges included."""
    bands = zip(targets, lows, highs, strict=True)
    return sum(low <= y <= high for y, low, high in bands) / len(targets)
