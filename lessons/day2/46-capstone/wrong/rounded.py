import torch
from torch import nn
from torch.nn import functional


class Rounded(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, images):
        return self.body((images * 3).round() / 3)


def build():
    return Rounded()


def loss(model, images, labels, generator):
    noise = 0.15 * (2 * torch.rand(images.shape, generator=generator) - 1)
    return functional.cross_entropy(model((images + noise).clamp(0, 1)), labels)
