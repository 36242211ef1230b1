"""Checks of the attacks, on losses of which the worst change is known."""

import torch

from tutor.checks import check, close, equal, for_any

WEIGHTS = torch.tensor([[0.5, -2.0, 0.0], [3.0, -0.1, 1.0]])


def straight(images):
    """A loss whose gradient is the same everywhere."""
    return (WEIGHTS * images).sum()


def hill(images):
    """A loss that is greatest where every pixel is 0.6."""
    return -((images - 0.6) ** 2).sum()


@check("the gradient by the pixels", points=1)
def gradient(learner):
    images = torch.full((2, 3), 0.5)
    close(learner.slope(straight, images), WEIGHTS, 1e-6, what="the slope of a straight loss")
    close(learner.slope(hill, images), torch.full((2, 3), 0.2), 1e-6, what="the slope at 0.5")
    equal(images.requires_grad, False, what="whether the images were changed into parameters")


@check("one step, by the sign", points=2)
def one_step(learner):
    images = torch.full((2, 3), 0.5)
    wanted = images + 0.1 * WEIGHTS.sign()
    found = learner.fgsm(straight, images, 0.1)
    close(found, wanted, 1e-6, what="images after a step of 0.1")
    equal(found.requires_grad, False, what="whether the result keeps a gradient")
    close(images, torch.full((2, 3), 0.5), 0.0, what="the images that were given")


@check("stays between paper and ink", points=1)
def range_of_pixels(learner):
    images = torch.tensor([[0.95, 0.02, 0.5], [1.0, 0.0, 0.99]])
    wanted = torch.tensor([[1.0, 0.0, 0.5], [1.0, 0.0, 1.0]])
    close(learner.fgsm(straight, images, 0.1), wanted, 1e-6, what="one step near the ends")
    close(learner.pgd(straight, images, 0.1, 3, 0.05), wanted, 1e-6, what="three near the ends")


@check("no farther than the size", points=1)
def no_farther(learner):
    images = torch.full((2, 3), 0.5)
    found = learner.pgd(straight, images, 0.1, 10, 0.04)
    close(found, images + 0.1 * WEIGHTS.sign(), 1e-6, what="images after ten steps of 0.04")


@check("looks again after each step", points=1)
def looks_again(learner):
    images = torch.full((2, 3), 0.45)
    found = learner.pgd(hill, images, 0.4, 6, 0.1)
    close((found - 0.6).abs().max(), 0.05, 1e-5, what="how far from the top of the hill")


@check("whatever the size", points=1, hidden=True)
def any_size(learner):
    def body(case):
        seed, size = case
        images = torch.rand(2, 3, generator=torch.Generator().manual_seed(seed))
        for name, found in (
            ("fgsm", learner.fgsm(straight, images, size)),
            ("pgd", learner.pgd(straight, images, size, 4, size / 2)),
        ):
            within = bool(((found - images).abs() <= size + 1e-6).all())
            equal(within, True, what=f"whether {name} stays within {size:.3f}")
            equal(bool((found >= 0).all() and (found <= 1).all()), True, what=f"{name} in [0, 1]")
            wanted = straight((images + size * WEIGHTS.sign()).clamp(0, 1))
            close(straight(found), wanted, 1e-4, what=f"the loss after {name} of {size:.3f}")

    def draw(rng, size):
        return rng.randint(0, 999), rng.uniform(0.0, 0.05 * size)

    for_any(draw, lambda case: body(case) if case[1] >= 0 else None)
