"""Two attacks on images."""

import torch


def slope(loss, images):
    """The gradient of the loss by the pixels, in the shape of the images."""
    asked = images.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(asked), asked)
    return gradient


def fgsm(loss, images, size):
    """One step of `size` in every pixel, uphill, by the gradient's sign."""
    return (images + size * slope(loss, images)).clamp(0, 1).detach()


def pgd(loss, images, size, steps, step):
    """Many steps of `step`, each by the sign of the gradient where it is."""
    attacked = images.detach()
    for _ in range(steps):
        attacked = attacked + step * slope(loss, attacked).sign()
        attacked = images + (attacked - images).clamp(-size, size)
        attacked = attacked.clamp(0, 1).detach()
    return attacked
