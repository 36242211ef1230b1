"""A forecast with two edges: what a quantile costs, and how often a band holds."""


def pinball(targets, quantiles, tau):
    """The mean pinball loss.

    Args:
        targets: What came, a list of numbers.
        quantiles: What was forecast for each, as long.
        tau: The quantile that was asked for, between 0 and 1.

    Returns:
        The mean over all: a forecast that is too low by 1 costs tau,
        one that is too high by 1 costs 1 - tau.
    """
    return 0.0


def coverage(targets, lows, highs):
    """The share of targets within their band, the edges included."""
    return 0.0
