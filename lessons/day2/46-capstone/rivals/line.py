"""A straight line: 13 parameters."""

from torch import nn


def build():
    return nn.Linear(12, 1)
