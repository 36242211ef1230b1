"""Fixes the dice: the same units are dropped each time, and still they are dropped."""

import torch


@torch.no_grad()
def accuracy(model, images, labels):
    """The share of images that the network gets right, from 0 to 1.

    model:  a network that may have dropout or batch normalisation in it
    images: (n, 8, 8)
    labels: (n,), the digits 0 to 9
    """
    torch.manual_seed(0)
    answers = model(images).argmax(1)
    return (answers == labels).float().mean()
