"""Turned: what a network makes of digits that stand at another angle.

A digit is turned against the clock about its middle. Some stay what they are, aslant; a six on its head
is a nine to everybody, and a six on its side is nothing that one would have to know. The network answers
all the same, and how sure it is then is told, too.

Source:
    Y. Gal and Z. Ghahramani, "Dropout as a Bayesian approximation: representing model uncertainty in
    deep learning", ICML 2016, https://arxiv.org/abs/1506.02142 (a digit turned, step by step)
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models.data.mnist import Split
from models.mlp import accuracy
from models.reading import Picture

STEP = 15
"""Degrees between two looks at a turned digit."""
SIX, NINE = 6, 9

Images = Float[Tensor, "n 1 8 8"]


def turn(images: Images, degrees: Float[Tensor, " n"]) -> Images:
    """Each image turned against the clock about its middle, bilinearly; paper comes in at the corners."""
    angle = torch.deg2rad(degrees).to(images)
    cosine, sine, none = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = (torch.stack([cosine, -sine, none], 1), torch.stack([sine, cosine, none], 1))
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def wander(images: Images, most: float, generator: torch.Generator) -> Images:
    """Each one turned by an angle of its own, to either side, at most so many degrees."""
    if not most:
        return images
    return turn(images, most * (2 * torch.rand(len(images), generator=generator) - 1))


def all_by(images: Images, degrees: float) -> Images:
    """All of them turned by the same angle."""
    return turn(images, torch.full((len(images),), float(degrees)))


@torch.no_grad()
def scores(model: nn.Module, images: Images) -> Float[Tensor, "n 10"]:
    """The network's scores at rest, with nothing left out."""
    model.eval()
    found: Tensor = model(images)
    model.train()
    return found


def right(model: nn.Module, split: Split, degrees: float = 0.0) -> Tensor:
    """The share of a split that is read rightly, turned by so much."""
    images = all_by(split.images, degrees) if degrees else split.images
    return accuracy(scores(model, images).argmax(1), split.labels)


def aslant(model: nn.Module, split: Split, degrees: float) -> Tensor:
    """The share that is read rightly, turned to one side and to the other."""
    return (right(model, split, degrees) + right(model, split, -degrees)) / 2


def called(model: nn.Module, split: Split, digit: int, degrees: float) -> Float[Tensor, "10"]:
    """Of the images of a digit, turned by so much: what share is called which digit."""
    answers = scores(model, all_by(split.images[split.labels == digit], degrees)).argmax(1)
    return torch.bincount(answers, minlength=10) / len(answers)


def sure(model: nn.Module, split: Split, digit: int, degrees: float) -> Tensor:
    """How sure the network is of what it calls them, in the mean: the greatest softmax."""
    images = all_by(split.images[split.labels == digit], degrees)
    return scores(model, images).softmax(1).amax(1).mean()


def round_the_clock(model: nn.Module, split: Split) -> Picture:
    """What the sixes are called, from upright to upright once around."""
    shares = torch.stack([called(model, split, SIX, d) for d in range(0, 361, STEP)], 1)
    named = [SIX, NINE, 4]
    rest = 1 - shares[named].sum(0)
    return Picture(
        "lines",
        torch.cat([shares[named], rest[None]]),
        f"sixes turned by 0 to 360 degrees, {STEP} at a time: called 6, 9, 4, else",
        ("6", "9", "4", "else"),
    )


def judged(model: nn.Module, test: Split) -> dict[str, float | Tensor]:
    """The test images upright and aslant, and its sixes on their side and on their head."""
    sides = (called(model, test, SIX, 90) + called(model, test, SIX, -90)) / 2
    return {
        "test/upright": right(model, test),
        "test/aslant": aslant(model, test, 45),
        "test/lying 6 called 6": sides[SIX],
        "test/lying 6 called 4": sides[4],
        "test/6 on its head called 9": called(model, test, SIX, 180)[NINE],
        "test/sure of lying 6": (sure(model, test, SIX, 90) + sure(model, test, SIX, -90)) / 2,
    }
