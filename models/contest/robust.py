"""Digits that somebody moves, pixel by pixel, to where the network errs.

Source:
    A. Madry et al., "Towards deep learning models resistant to adversarial attacks", 2018,
    https://arxiv.org/abs/1706.06083 (the attack)
"""

import sys
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import adversarial
from models.contest import Config, built, descend, entry, readings
from models.contest.writers import right
from models.data.digits import Split, splits
from models.mlp import accuracy
from models.reading import Reading, Start, run_alone
from models.resuming import Shuffle

EPSILON = 0.15
"""How far an attacker may move a pixel; 1 is from black to white."""
Loss = Callable[[nn.Module, Tensor, Tensor, torch.Generator], Tensor]


def train(config: Config) -> Iterator[Start | Reading]:
    """Train the network of the learner's file.

    The file may have `loss(model, images, labels, generator)`, the loss of a batch (32, 1, 8, 8).
    `test/attacked` is the accuracy after 20 steps of projected gradient descent within 0.15.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    theirs = entry(config)
    known, valid, test = (part.to(config.device) for part in splits())
    images = known.images[:, None]
    model = built(theirs, "robust", images[:2], (2, 10))
    ask: Loss = getattr(theirs, "loss", _plain)
    batches = Shuffle(len(images), 32, generator)

    def loss_of() -> Tensor:
        batch = batches.draw()
        return ask(model, images[batch], known.labels[batch], generator)

    for now in readings(descend(config, model, images[:32], loss_of), model):
        if isinstance(now, Reading) and (now.step % 100 == 0 or now.step == config.steps):
            now.scalars["valid/clean"] = right(model, valid)
            now.scalars["valid/attacked"] = attacked(model, valid, config.seed)
            if now.step == config.steps:
                now.scalars["test/clean"] = right(model, test)
                now.scalars["test/attacked"] = attacked(model, test, config.seed)
        yield now


def _plain(model: nn.Module, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    return functional.cross_entropy(model(images), labels)


def attacked(model: nn.Module, part: Split, seed: int) -> Float[Tensor, ""]:
    """That share after an attack on this very network."""
    generator = torch.Generator().manual_seed(seed)
    moved = adversarial.pgd(model, part.images[:, None], part.labels, EPSILON, 20, generator)
    with torch.no_grad():
        return accuracy(model(moved).argmax(1), part.labels)


if __name__ == "__main__":
    run_alone(train(Config(learner=sys.argv[1])), every=100)
