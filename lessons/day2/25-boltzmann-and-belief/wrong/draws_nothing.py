"""A restricted Boltzmann machine: its energy, and one step of learning."""

import torch


def energy(seen, units, weights, below, above):
    """How much the machine dislikes a state."""
    return -(seen @ weights @ units + seen @ below + units @ above)


def up(seen, weights, above):
    """The probability that each hidden unit is on, given the pixels."""
    return torch.sigmoid(seen @ weights + above)


def cd1(seen, weights, below, above, dice):
    """The direction in which contrastive divergence moves the parameters."""
    first = up(seen, weights, above)
    states = first
    again = torch.sigmoid(states @ weights.T + below)
    second = up(again, weights, above)
    return (
        (seen.T @ first - again.T @ second) / len(seen),
        (seen - again).mean(0),
        (first - second).mean(0),
    )
