"""AlexNet's two halves: cut a network in two, and see whether its halves divide the work.

AlexNet was too large for one GPU of 2012, so each of two held half of its maps. Its authors then saw
that the kernels of conv1 on one of them were mostly grey, and those on the other mostly coloured, in
every run, from whatever start. Nobody had asked for it.

Here it is in small: digits in coloured ink on coloured paper, three convolutions and two dense
layers. Until the layer `meet` each half of the maps sees its own half only. Fourteen networks learn at
once, from fourteen starts and on the same images, for what one network does may be chance; they are one
network of many groups, so a step costs far less than fourteen.

What is read is how much of conv1's weights is colour, half by half. Beside it stand the same kernels
in halves drawn by lot: so far apart are two halves that nothing made halves.

Sources:
    A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, https://papers.nips.cc/paper/4824 (section 6.1 and figure 3)
    C. Voss et al., "Branch specialization", Distill, 2021, https://doi.org/10.23915/distill.00024.008
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.colours import apart, by_lot, shares, squares
from models.data import digits
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

NETS, TINTS = 14, 3
MAPS, HIDDEN = (16, 32, 32), 64
"""Maps of the three convolutions, units of the hidden dense layer; of each network."""
BATCH = 32

TASKS = {"digit and ink": 10 * TINTS, "digit": 10, "ink": TINTS}
"""What the network has to name, and how many classes that makes."""
MEET = {"conv2": (1, 1), "conv3": (2, 1), "dense": (2, 2)}
"""The first layer that sees both halves, and the groups of conv2 and conv3 that this makes."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        meet: The first layer that sees both halves: `conv2`, `conv3` (as in AlexNet) or `dense`.
        task: What has to be named: `digit and ink`, `digit` or `ink`.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down. Live.
        epochs: Passes over the 1,097 training images, painted anew in each.
    """

    meet: str = "dense"
    task: str = "digit and ink"
    learning_rate: float = 0.02
    epochs: int = 36

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        for name, known in (("meet", MEET), ("task", TASKS)):
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"{name} is {given!r}; it can be {', '.join(known)}.")
        if not 1 <= self.epochs <= 1000:
            raise ValueError(f"epochs is {self.epochs}; it has to be from 1 to 1000.")


def paint(
    images: Float[Tensor, "n 8 8"], generator: torch.Generator
) -> tuple[Float[Tensor, "n 3 8 8"], Int[Tensor, " n"]]:
    """Digits in tinted ink on tinted paper, and the ink's tint: 0 red, 1 green, 2 blue.

    Ink may be lighter or darker than paper, by at least 0.4 of all brightness. The paper's tint says
    nothing of the ink's.
    """
    count = len(images)
    paper, ink = torch.rand(2, count, generator=generator)
    ink = torch.where((ink - paper).abs() < 0.4, (paper + 0.5) % 1, ink)
    tints = torch.randint(TINTS, (2, count), generator=generator)
    on, under = 0.6 * (functional.one_hot(tints, TINTS).float() - 1 / TINTS)
    colour = ((paper[:, None] + under)[..., None, None], (ink[:, None] + on)[..., None, None])
    painted = 2 * torch.lerp(*colour, images[:, None]) - 1
    return painted.contiguous(memory_format=fast.LAYOUT), tints[0]


def named(task: str, labels: Int[Tensor, " n"], inks: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """The class of each image: its digit, its ink, or both in one number."""
    return {"digit": labels, "ink": inks, "digit and ink": TINTS * labels + inks}[task]


class Dense(nn.Module):
    """A dense layer of each of several networks, by torch's own rule for its first weights."""

    def __init__(self, nets: int, inputs: int, units: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(nets, inputs, units).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(nets, 1, units).uniform_(-bound, bound))

    def forward(self, x: Float[Tensor, "nets n inputs"]) -> Float[Tensor, "nets n units"]:
        """Each network's units."""
        return torch.baddbmm(self.bias, x, self.weight)


class Halves(nn.Module):
    """Several networks side by side: (n, 3, 8, 8) in, (nets, n, classes) logits out.

    Args:
        groups: Of conv2 and conv3 in each network: 2 where a half sees its own half only.
        classes: How many there are.
        nets: How many networks.
    """

    def __init__(
        self, groups: tuple[int, int] = (2, 2), classes: int = 30, nets: int = NETS
    ) -> None:
        super().__init__()
        self.nets = nets
        m1, m2, m3 = (nets * maps for maps in MAPS)
        pool = nn.MaxPool2d(3, 2, padding=1)
        self.features = nn.Sequential(
            *(nn.Conv2d(3, m1, 3, padding=1), nn.ReLU(), pool),
            *(nn.Conv2d(m1, m2, 3, padding=1, groups=nets * groups[0]), nn.ReLU(), pool),
            *(nn.Conv2d(m2, m3, 3, padding=1, groups=nets * groups[1]), nn.ReLU()),
        )
        self.hidden = Dense(nets, MAPS[2] * 2 * 2, HIDDEN)
        self.answer = Dense(nets, HIDDEN, classes)

    def forward(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "nets n classes"]:
        """Logits of each network."""
        maps = self.features(x).reshape(len(x), self.nets, -1).transpose(0, 1)
        return self.answer(self.hidden(maps).relu())


def kernels(model: Halves) -> Float[Tensor, "nets maps 3 3 3"]:
    """Those of conv1, network by network."""
    weight = model.features[0].weight.detach().cpu()
    return weight.reshape(model.nets, -1, *weight.shape[1:])


def look(both: Float[Tensor, "nets maps 3 3 3"]) -> dict[str, Picture]:
    """The kernels of the network whose halves are farthest apart, and all networks' shares."""
    told = shares(*squares(both))
    number = int((told[:, 0] - told[:, 1]).abs().argmax())
    rows = []
    for part in both[number].chunk(2):
        colour, whole = squares(part)
        rows.append(part[(colour / whole).argsort()].transpose(0, 1))
    grid = torch.cat(rows)
    caption = f"network {number + 1}: red, green and blue of half 1, then of half 2; alike is grey"
    return {
        "shares": Picture(
            "heat_map", told.T, "how coloured the halves of each network are", ("half 1", "half 2")
        ),
        "kernels": Picture("image_grid", 0.5 + 0.5 * grid / grid.abs().amax(), caption),
    }


@torch.no_grad()
def right(model: Halves, images: Tensor, classes: Int[Tensor, " n"]) -> float:
    """The share of right answers, in the mean over the networks."""
    return float((model(images).argmax(2) == classes).float().mean())


def divided(model: Halves, lots: torch.Generator) -> dict[str, Tensor | float]:
    """How far apart the halves of a network are, and halves that are drawn by lot."""
    parts = squares(kernels(model))
    return {"apart": apart(*parts), "by lot": by_lot(*parts, lots)}


def train(config: Config) -> Iterator[Start | Reading]:
    """Fourteen networks, epoch after epoch, each in a new random order and newly painted.

    At the end of each epoch `halves/apart` and `halves/by lot`; at the end of all `test/apart`, how far
    apart the halves of a network are in the mean, `test/by lot`, and `test/accuracy`.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator, lots = (torch.Generator().manual_seed(config.seed) for _ in range(2))
    data, valid, test = digits.splits()
    model = Halves(MEET[config.meet], TASKS[config.task])
    model.to(config.device, memory_format=fast.LAYOUT)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, config.device)

    def painted(part: digits.Split) -> tuple[Tensor, Tensor]:
        images, inks = paint(part.images, generator)
        return images.to(config.device), named(config.task, part.labels, inks).to(config.device)

    seen, known = painted(valid)
    per_epoch = len(data.labels) // BATCH
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total, samples_per_step=BATCH, steps_per_epoch=per_epoch, model=model,
        optimizer=optimizer, example=seen[:BATCH],
    )  # fmt: skip
    while step < total:
        images, classes = painted(data)
        order = fast.batches(len(classes), BATCH, generator, config.device)
        for batch in list(order)[:per_epoch]:
            set_rate(optimizer, config.learning_rate * fast.one_cycle((step + 0.5) / total))
            step += 1
            # Each network has its own loss; their sum moves each by its own gradient alone.
            answers, wanted = model(images[batch]).flatten(0, 1), classes[batch].repeat(NETS)
            loss = NETS * functional.cross_entropy(answers, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach() / NETS})
            if step % per_epoch == 0:
                told = divided(model, lots)
                now.scalars.update({f"halves/{name}": value for name, value in told.items()})
                now.scalars["valid/accuracy"] = right(model, seen, known)
                now.pictures.update(look(kernels(model)))
                if step == total:
                    now.scalars.update({f"test/{name}": value for name, value in told.items()})
                    now.scalars["test/accuracy"] = right(model, *painted(test))
            yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=170)
