"""A restricted Boltzmann machine: its energy, and one step of learning."""

import torch


def energy(seen, units, weights, below, above):
    """How much the machine dislikes a state.

    Args:
        seen: (visible,) pixels, 0 or 1.
        units: (hidden,) hidden units, 0 or 1.
        weights: (visible, hidden).
        below: (visible,) biases of the pixels.
        above: (hidden,) biases of the hidden units.

    Returns:
        A number: minus the weights between units that are on, minus the
        biases of those that are on.
    """
    return torch.tensor(0.0)


def up(seen, weights, above):
    """The probability that each hidden unit is on, given the pixels.

    Args:
        seen: (n, visible).
        weights: (visible, hidden).
        above: (hidden,) biases of the hidden units.

    Returns:
        (n, hidden), from 0 to 1.
    """
    return torch.zeros(len(seen), weights.shape[1])


def cd1(seen, weights, below, above, dice):
    """The direction in which contrastive divergence moves the parameters.

    Up to probabilities; states drawn from them; down to probabilities of
    the pixels; up again to probabilities.

    Args:
        seen: (n, visible) pixels from 0 to 1.
        weights, below, above: As in `energy`.
        dice: (n, hidden) numbers from 0 to 1. A unit is on where its
            number is less than its probability.

    Returns:
        (visible, hidden), (visible,) and (hidden,): what to add to weights,
        below and above, times the learning rate; means over the images.
    """
    return (
        torch.zeros_like(weights),
        torch.zeros_like(below),
        torch.zeros_like(above),
    )
