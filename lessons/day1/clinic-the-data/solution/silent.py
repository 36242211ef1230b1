"""Where training starts: a variance of 2 / fan-in for a ReLU, and no bias."""

from torch import nn


def initialise(model):
    """Set the weights and biases of every linear layer of a ReLU network, in place."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
