"""Adds the new parameters and keeps the old ones, which nobody can see."""

from torch import nn, optim


def network(hidden):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def build(hidden, learning_rate):
    """Return (model, optimizer): a network with so many hidden units, and an SGD that moves it."""
    model = network(64)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    if hidden != 64:
        model = network(hidden)
        optimizer.add_param_group({"params": model.parameters()})
    return model, optimizer
