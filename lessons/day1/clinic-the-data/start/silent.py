"""Where training starts, as it was found. It has a fault: repair it."""

from torch import nn


def initialise(model):
    """Set the weights and biases of every linear layer of a ReLU network, in place."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.1)
            nn.init.constant_(layer.bias, -5.0)
