"""The model first, all of it; then the optimiser that moves it."""

from torch import nn, optim


def network(hidden):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def build(hidden, learning_rate):
    """Return (model, optimizer): a network with so many hidden units, and an SGD that moves it."""
    model = network(hidden)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    return model, optimizer
