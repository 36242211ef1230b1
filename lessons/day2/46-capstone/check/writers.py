"""Checks of a small network for digits, and of what is done to its batches."""

import torch

from models.contest import LARGEST, parameters
from tutor.checks import check, close, equal, fail

IMAGES = torch.rand(64, 1, 8, 8, generator=torch.Generator().manual_seed(5))


def drawn(learner, seed):
    return learner.prepare(IMAGES.clone(), torch.Generator().manual_seed(seed))


@check("fewer than 1,000 numbers, buffers too", points=1)
def budget(learner):
    count, most = parameters(learner.build()), LARGEST["writers"]
    if count > most:
        fail(f"Your network has {count:,} parameters and buffers; the budget is {most:,}.")


@check("ten logits for an image", points=1)
def shape(learner):
    model = learner.build().eval()
    equal(tuple(model(IMAGES).shape), (64, 10), what="the shape of the answers to 64 images")
    close(model(IMAGES[:1])[0], model(IMAGES)[0], 1e-4, what="an image alone, and among others")


@check("the same generator, the same batch", points=1)
def repeatable(learner):
    close(drawn(learner, 1), drawn(learner, 1), what="prepare with the same generator twice")
    equal(tuple(drawn(learner, 2).shape), (64, 1, 8, 8), what="the shape of a batch prepared")


@check("the images are left as they were", points=1)
def alone(learner):
    images = IMAGES.clone()
    learner.prepare(images, torch.Generator().manual_seed(3))
    close(images, IMAGES, what="the images after prepare")
