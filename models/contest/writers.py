"""Small networks, and digits by writers of whom none was trained on."""

import sys
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models.contest import Config, built, descend, entry, readings
from models.data.digits import Split, splits
from models.mlp import accuracy
from models.reading import Reading, Start, run_alone
from models.resuming import Shuffle


def train(config: Config) -> Iterator[Start | Reading]:
    """Train the network of the learner's file.

    The file may have `prepare(images, generator)`, which makes of a batch (64, 1, 8, 8) another.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    theirs = entry(config)
    parts = splits(writers=True)
    known, valid, test = (part.to(config.device) for part in parts)
    images = known.images[:, None]
    model = built(theirs, "writers", images[:2], (2, 10))
    prepare = getattr(theirs, "prepare", lambda images, generator: images)
    batches = Shuffle(len(images), 64, generator)

    def loss_of() -> Tensor:
        batch = batches.draw()
        return functional.cross_entropy(
            model(prepare(images[batch], generator)), known.labels[batch]
        )

    for now in readings(descend(config, model, images[:64], loss_of), model):
        if isinstance(now, Reading) and (now.step % 50 == 0 or now.step == config.steps):
            with torch.no_grad():
                now.scalars["valid/accuracy"] = right(model, valid)
                if now.step == config.steps:
                    now.scalars["test/accuracy"] = right(model, test)
        yield now


@torch.no_grad()
def right(model: nn.Module, part: Split) -> Float[Tensor, ""]:
    """The share of a split's images that is right."""
    return accuracy(model(part.images[:, None]).argmax(1), part.labels)


if __name__ == "__main__":
    run_alone(train(Config(learner=sys.argv[1])), every=100)
