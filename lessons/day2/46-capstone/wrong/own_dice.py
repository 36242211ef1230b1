import torch
from torch import nn


def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def prepare(images, generator):
    return images + 0.1 * torch.randn_like(images)
