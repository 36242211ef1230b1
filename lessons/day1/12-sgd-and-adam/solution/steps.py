"""One step downhill, twice: as SGD takes it and as Adam takes it. Plain floats and lists."""

import math


def sgd_step(weights, gradients, learning_rate):
    """Return the new weights as a new list: each one moved against its gradient."""
    return [w - learning_rate * g for w, g in zip(weights, gradients, strict=True)]


def adam_step(weights, gradients, m, v, t, learning_rate, beta1=0.9, beta2=0.999, eps=1e-8):
    """Return (weights, m, v) after one step of Adam, as three new lists."""
    m = [beta1 * mean + (1 - beta1) * g for mean, g in zip(m, gradients, strict=True)]
    v = [beta2 * square + (1 - beta2) * g * g for square, g in zip(v, gradients, strict=True)]
    moved = []
    for w, mean, square in zip(weights, m, v, strict=True):
        mean_hat = mean / (1 - beta1**t)
        square_hat = square / (1 - beta2**t)
        moved.append(w - learning_rate * mean_hat / (math.sqrt(square_hat) + eps))
    return moved, m, v
