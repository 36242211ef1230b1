"""A forecast with two edges: what a quantile costs, and how often a band holds."""


def pinball(targets, quantiles, tau):
    """The mean pinball loss."""
    shorts = [y - q for y, q in zip(targets, quantiles, strict=True)]
    return sum(abs(short) / 2 for short in shorts) / len(shorts)


def coverage(targets, lows, highs):
    """The share of targets within their band, the edges included."""
    bands = zip(targets, lows, highs, strict=True)
    return sum(low <= y <= high for y, low, high in bands) / len(targets)
