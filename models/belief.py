"""A deep belief network: layers that learn one by one before they learn together.

Deep stacks of sigmoids did not train: from random weights, no gradient reaches the first layers. In 2006
they were given a better start. Each layer is a restricted Boltzmann machine that learns to explain
the layer below, from images without labels; then the stack is fine-tuned with a hundred labels. It
is why one began to speak of deep learning. Better activations and starts have since made it
unnecessary, and the idea, to learn from what has no label first, has come back larger.

Sources:
    G. E. Hinton, S. Osindero and Y. W. Teh, "A fast learning algorithm for deep belief nets",
    Neural Computation 18(7):1527-1554, 2006, https://doi.org/10.1162/neco.2006.18.7.1527
    Y. Bengio, P. Lamblin, D. Popovici and H. Larochelle, "Greedy layer-wise training of deep
    networks", NIPS 2006, https://proceedings.neurips.cc/paper/2006/hash/5da713a690c067105aeb2fae32403405-Abstract.html
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from models import reading
from models.boltzmann import RBM
from models.data.digits import splits
from models.mlp import accuracy, pictures
from models.reading import Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

SIZES = (64, 128, 64, 32)
"""Pixels and hidden units, layer by layer."""
BATCH = 32


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        pretrain: Whether the layers learn one by one first, or begin at random.
        labels: Images whose label is told.
        rate: Learning rate of contrastive divergence. Live.
        epochs: Passes of each layer over all 1,097 images.
        learning_rate: Adam's, in fine-tuning. Live.
        fine_epochs: Passes over the labelled images.
    """

    pretrain: bool = True
    labels: int = 100
    rate: float = 0.1
    epochs: int = 40
    learning_rate: float = 3e-3
    fine_epochs: int = 60

    def check(self) -> None:
        """Raise ValueError unless some label is told."""
        if not 1 <= self.labels <= 1097:
            raise ValueError(f"`labels` is {self.labels}; there are 1 to 1,097.")


def stack(machines: list[RBM] | None = None) -> nn.Sequential:
    """(images, 8, 8) to (images, 10) logits: sigmoid layers with the machines' weights, or random."""
    layers: list[nn.Module] = [nn.Flatten()]
    for i, (below, above) in enumerate(itertools.pairwise(SIZES)):
        layer = nn.Linear(below, above)
        if machines is not None:
            with torch.no_grad():
                layer.weight.copy_(machines[i].weights.T)
                layer.bias.copy_(machines[i].hidden)
        layers += [layer, nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(SIZES[-1], 10))


def train(config: Config) -> Iterator[Start | Reading]:
    """One layer after the other without labels, then all of them with a few.

    `train/error 1` to `3` are the layers' reconstruction errors, `train/loss` the cross entropy of
    fine-tuning. Without pretraining only the latter is there.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    images = data.images.flatten(1)
    batches = Shuffle(len(images), BATCH, generator)
    few = Shuffle(config.labels, BATCH, generator)
    greedy = (len(SIZES) - 1) * config.epochs * batches.per_epoch if config.pretrain else 0
    total = greedy + config.fine_epochs * few.per_epoch
    yield Start(total_steps=total, samples_per_step=BATCH)
    step, seen, machines = 0, images, list[RBM]()
    for below, above in itertools.pairwise(SIZES) if config.pretrain else ():
        machine = RBM(below, above, generator, config.device)
        for _ in range(config.epochs * batches.per_epoch):
            step += 1
            error = machine.learn(seen[batches.draw()], config.rate)
            yield Reading(step, {f"train/error {len(machines) + 1}": error})
        # The next layer explains what this one says of the images.
        seen = machine.up(seen)
        machines.append(machine)
    model = stack(machines if config.pretrain else None).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    while step < total:
        step += 1
        batch = few.draw()
        loss = functional.cross_entropy(model(data.images[batch]), data.labels[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if (step - greedy) % (10 * few.per_epoch) == 0:
            now.pictures.update(pictures(model, valid))
        if step == total:
            with torch.no_grad():
                answers = model(test.images).argmax(1)
            now.scalars["test/accuracy"] = accuracy(answers, test.labels)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=500)
