from torch import nn
from torch.nn import functional


def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def loss(model, images, labels, generator):
    return functional.cross_entropy(model(images), labels, reduction="none")
