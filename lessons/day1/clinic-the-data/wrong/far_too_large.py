"""Units answer, but each layer makes its numbers eight times as large, or so."""

from torch import nn


def initialise(model):
    """Set the weights and biases of every linear layer of a ReLU network, in place."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=1.0)
            nn.init.zeros_(layer.bias)
