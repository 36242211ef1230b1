from torch import nn
from torch.nn import functional


def build():
    """A straight line: 13 parameters. More of them bring nothing here."""
    return nn.Linear(12, 1)


def loss(said, change):
    """What the judge measures, made smooth near its minimum."""
    return functional.smooth_l1_loss(said, change, beta=0.5)
