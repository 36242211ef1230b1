from torch import nn


def build():
    return nn.Linear(12, 1)


def loss(said, change):
    return (said - change).mean()
