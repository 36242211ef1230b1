import torch
from torch import nn


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("look", torch.randn(64, 90) / 8)
        self.answer = nn.Linear(90, 10)

    def forward(self, images):
        return self.answer((images.flatten(1) @ self.look).relu())


def build():
    return Frozen()


def prepare(images, generator):
    return images
