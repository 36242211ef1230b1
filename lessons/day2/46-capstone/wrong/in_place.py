import torch
from torch import nn


def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def prepare(images, generator):
    images *= 0.8 + 0.4 * torch.rand(len(images), 1, 1, 1, generator=generator)
    return images
