"""A deep belief network: layers that learn one by one before they learn together.

Deep stacks of sigmoids did not train: from random weights, no gradient reaches the first layers. In 2006
they were given a better start. Each layer is a restricted Boltzmann machine that learns to explain
the layer below, from images without labels; then the stack is fine-tuned with a few labels. It
is why one began to speak of deep learning. Better activations and starts have since made it
unnecessary, and the idea, to learn from what has no label first, has come back larger.

Two things come with those layers: weights of a size that lets a gradient through, and knowledge of
images. To tell them apart the machines can be shown images whose pixels are dealt: each pixel has
the values that it had, and no two belong together.

The finished model is a stack whose upper two layers are joined both ways, while those below only
speak downwards; for naming digits all are used upwards, as a feed-forward network.

Sources:
    G. E. Hinton, S. Osindero and Y. W. Teh, "A fast learning algorithm for deep belief nets",
    Neural Computation 18(7):1527-1554, 2006, https://doi.org/10.1162/neco.2006.18.7.1527
    Y. Bengio, P. Lamblin, D. Popovici and H. Larochelle, "Greedy layer-wise training of deep
    networks", NIPS 2006, https://proceedings.neurips.cc/paper/2006/hash/5da713a690c067105aeb2fae32403405-Abstract.html
    D. Erhan et al., "Why does unsupervised pre-training help deep learning?", Journal of Machine
    Learning Research 11:625-660, 2010, https://www.jmlr.org/papers/v11/erhan10a.html
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import mlp, reading
from models.boltzmann import RBM
from models.data.digits import Split, splits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

SIZES = (64, 128, 64, 32)
"""Pixels and hidden units, layer by layer."""
BATCH = 32
STACKS = 3
"""How many learn at once, from as many starts, for what one does may be chance."""
LOOK = 10
"""Passes from one picture to the next."""

CHOICES = {
    "shown": ("images", "dealt", "nothing"),
    "activation": ("sigmoid", "relu"),
    "learns": ("all layers", "last layer"),
}


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        shown: What the machines learn from first, without labels: all 1,097 `images`; the same with
            their pixels `dealt`; or `nothing`, then the layers begin at random.
        activation: Of the stack: `sigmoid`, as the machines have it, or `relu`.
        learns: What the labels may change: `all layers` or the `last layer`.
        labels: Images whose label is told.
        rate: Learning rate of contrastive divergence. Live.
        epochs: Passes of each machine.
        learning_rate: Adam's, in fine-tuning. Live.
        fine_epochs: Passes over the labelled images.
    """

    shown: str = "images"
    activation: str = "sigmoid"
    learns: str = "all layers"
    labels: int = 50
    rate: float = 0.1
    epochs: int = 40
    learning_rate: float = 3e-3
    fine_epochs: int = 60

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        for name, known in CHOICES.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"`{name}` is {given!r}; it can be {', '.join(known)}.")
        if not 1 <= self.labels <= 1097:
            raise ValueError(f"`labels` is {self.labels}; there are 1 to 1,097.")


def deal(images: Float[Tensor, "n pixels"], generator: torch.Generator) -> Tensor:
    """Each pixel's values dealt anew among the images, so that no two pixels belong together."""
    orders = torch.rand(images.shape, generator=generator).argsort(0).to(images.device)
    return images.gather(0, orders)


def stack(machines: list[RBM], activation: str = "sigmoid") -> nn.Sequential:
    """(images, 8, 8) to (images, 10) logits: layers with the machines' weights.

    Without machines the weights are random, by torch's own rule before sigmoids and by He's before
    ReLUs.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for i, (below, above) in enumerate(itertools.pairwise(SIZES)):
        layer = nn.Linear(below, above)
        with torch.no_grad():
            if machines:
                layer.weight.copy_(machines[i].weights.T)
                layer.bias.copy_(machines[i].hidden)
            elif activation == "relu":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        layers += [layer, nn.ReLU() if activation == "relu" else nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(SIZES[-1], 10))


def look(machine: RBM, seen: Float[Tensor, "n 64"]) -> dict[str, Picture]:
    """What the first machine was shown, what it looks for and what it makes of images."""
    filters = machine.weights.T[:10]
    low, high = filters.min(), filters.max()
    again = machine.down(machine.up(seen[:5]))
    tiles = {
        "filters": ((filters - low) / (high - low), "weights of ten units of machine 1"),
        "copies": (torch.cat([seen[:5], again]), "shown, and below it once up and down"),
        "shown": (seen[:10], "what the machines are shown"),
    }
    return {
        name: Picture("image_grid", grid.reshape(2, 5, 8, 8), caption)
        for name, (grid, caption) in tiles.items()
    }


def greedy(
    config: Config, seen: Float[Tensor, "n 64"], generator: torch.Generator, machines: list[RBM]
) -> Iterator[Reading]:
    """Train one machine after the other, each on what the one below says, and add it to the list."""
    batches, step = Shuffle(len(seen), BATCH, generator), 0
    for below, above in itertools.pairwise(SIZES):
        machine = RBM(below, above, generator, config.device)
        machines.append(machine)
        for turn in range(1, config.epochs + 1):
            errors = [
                machine.learn(seen[batches.draw()], config.rate) for _ in range(batches.per_epoch)
            ]
            step += 1
            now = Reading(step, {f"train/error {len(machines)}": torch.stack(errors).mean()})
            if len(machines) == 1 and turn % LOOK == 0:
                now.pictures.update(look(machine, seen))
            yield now
        seen = machine.up(seen)


def one(
    config: Config, parts: tuple[Split, Split, Split], generator: torch.Generator
) -> Iterator[Reading]:
    """A single stack, pass after pass: its machines without labels, then all of it with a few."""
    data, valid, test = parts
    few = Shuffle(config.labels, BATCH, generator)
    machines: list[RBM] = []
    if config.shown != "nothing":
        images = data.images.flatten(1)
        seen = deal(images, generator) if config.shown == "dealt" else images
        yield from greedy(config, seen, generator, machines)
    model = stack(machines, config.activation).to(config.device)
    if config.learns == "last layer":
        model[:-1].requires_grad_(False)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    for turn in range(1, config.fine_epochs + 1):
        for _ in range(few.per_epoch):
            batch = few.draw()
            loss = functional.cross_entropy(model(data.images[batch]), data.labels[batch])
            set_rate(optimizer, config.learning_rate)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        now = Reading(len(machines) * config.epochs + turn, {"train/loss": loss.detach()})
        now.scalars["valid/accuracy"] = mlp.score(model, valid)
        if (config.fine_epochs - turn) % LOOK == 0:
            now.pictures.update(mlp.pictures(model, valid))
        if turn == config.fine_epochs:
            now.scalars["test/accuracy"] = mlp.score(model, test)
        yield now


def train(config: Config) -> Iterator[Start | Reading]:
    """Three stacks: one layer after the other without labels, then all layers with a few.

    A step is a pass over the data, for a pass of a machine takes 35 batches and one over the labels
    two. `train/error 1` to `3` are the machines' reconstruction errors, `train/loss` the cross
    entropy of fine-tuning; `valid/accuracy` and at the end `test/accuracy` are the stacks', all of
    them means. Where nothing is shown, fine-tuning is all there is.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    machines = len(SIZES) - 1 if config.shown != "nothing" else 0
    yield Start(total_steps=machines * config.epochs + config.fine_epochs)
    data, valid, test = (part.to(config.device) for part in splits())
    seeds = range(STACKS * config.seed, STACKS * (config.seed + 1))
    stacks = [
        one(config, (data, valid, test), torch.Generator().manual_seed(seed)) for seed in seeds
    ]
    for read in zip(*stacks, strict=True):
        means = {
            name: torch.stack([torch.as_tensor(each.scalars[name]) for each in read]).mean()
            for name in read[0].scalars
        }
        yield Reading(read[0].step, means, read[0].pictures)


if __name__ == "__main__":
    run_alone(train(Config()), every=20)
