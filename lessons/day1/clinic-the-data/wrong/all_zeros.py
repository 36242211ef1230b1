"""Starts from nothing at all: every unit gives 0, and ReLU has no slope at 0."""

from torch import nn


def initialise(model):
    """Set the weights and biases of every linear layer of a ReLU network, in place."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
