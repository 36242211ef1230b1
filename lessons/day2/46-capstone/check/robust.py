"""Checks of a network that is to stand an attack, and of its loss."""

import torch
from torch.nn import functional

from models.contest import LARGEST, parameters
from models.data.digits import splits
from tutor.checks import check, equal, fail

KNOWN = splits()[0]
IMAGES, LABELS = KNOWN.images[:32, None], KNOWN.labels[:32]


def trained(learner, loss, steps):
    """Their network after a few steps on a loss."""
    torch.manual_seed(0)
    model, generator = learner.build(), torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for step in range(steps):
        batch = torch.arange(32 * step, 32 * step + 32) % len(KNOWN.images)
        optimizer.zero_grad()
        loss(model, KNOWN.images[batch, None], KNOWN.labels[batch], generator).backward()
        optimizer.step()
    return model.eval()


def plain(model, images, labels, generator):
    return functional.cross_entropy(model(images), labels)


@check("at most 20,000 numbers, buffers too", points=1)
def budget(learner):
    count, most = parameters(learner.build()), LARGEST["robust"]
    if count > most:
        fail(f"Your network has {count:,} parameters and buffers; the budget is {most:,}.")


@check("the slope that an attacker follows is the true one", points=1)
def slope(learner):
    model = trained(learner, plain, 40)
    images = IMAGES.clone().requires_grad_()
    (uphill,) = torch.autograd.grad(functional.cross_entropy(model(images), LABELS), images)
    with torch.no_grad():
        moved = (images + 0.3 * uphill.sign()).clamp(0, 1)
        before = functional.cross_entropy(model(IMAGES), LABELS)
        after = functional.cross_entropy(model(moved), LABELS)
    if not uphill.abs().sum():
        fail("The gradient in the image is 0: an attacker sees nothing, and you are no safer.")
    if after <= before:
        fail("A step up the gradient does not raise the loss: the gradient leads astray.")


@check("the loss is one number that teaches", points=1)
def teaches(learner):
    torch.manual_seed(0)
    model, generator = learner.build(), torch.Generator().manual_seed(0)
    loss = learner.loss(model, IMAGES, LABELS, generator)
    equal(tuple(loss.shape), (), what="the shape of the loss")
    loss.backward()
    if not any(each.grad is not None and each.grad.abs().sum() for each in model.parameters()):
        fail("After `backward` on your loss no parameter has a gradient.")


@check("it looks at more than the images as they are", points=1)
def looks(learner):
    model = trained(learner, plain, 60)
    generator = torch.Generator().manual_seed(1)
    with torch.enable_grad():
        asked = float(learner.loss(model, IMAGES, LABELS, generator).detach())
    with torch.no_grad():
        clean = float(plain(model, IMAGES, LABELS, generator))
    if abs(asked - clean) < 1e-4 * max(1.0, clean):
        fail(
            "On images as they are your loss is plain cross-entropy: nothing prepares the network.",
            expected="another loss than cross-entropy on the clean batch",
            actual=f"{asked:.4f}, and cross-entropy is {clean:.4f}",
        )
