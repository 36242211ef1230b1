"""The price of an answer, and which way it pulls. Plain floats and lists."""

import math


def log_sum_exp(logits):
    """ln of the sum of e to each logit, for logits of any size."""
    greatest = max(logits)
    return greatest + math.log(sum(math.exp(z - greatest) for z in logits))


def cross_entropy(logits, label):
    """Return -ln p, where p is the probability that softmax gives the label."""
    return log_sum_exp(logits) - logits[label]


def slope(logits, label):
    """Return the slope of that loss by each logit, as a new list."""
    total = log_sum_exp(logits)
    return [math.exp(z - total) - (place == label) for place, z in enumerate(logits)]
