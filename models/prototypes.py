"""Prototypical networks: a class from one example.

A classifier knows the classes it was trained on. This one learns where to put images so that, for any
few classes it is shown, the mean of their examples is a good prototype and the nearest prototype the
right answer. It is trained as it will be asked: episode after episode with other classes, a few examples
of each and some images to sort, and tested on an alphabet it has never seen.

Source:
    J. Snell, K. Swersky and R. Zemel, "Prototypical networks for few-shot learning", NIPS 2017,
    https://arxiv.org/abs/1703.05175
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.glyphs import glyphs
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

CLASSES, DRAWINGS, NEW = 150, 20, 50
"""Glyphs to train on, drawings of each, glyphs to test on."""
ASKED, JUDGED = 5, 100
"""Images to sort of each class of an episode; episodes of a test."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        classes: Glyphs it is trained on, 5 to 150.
        way: Classes of a training episode.
        shots: Examples of each.
        learning_rate: Adam's. Live.
        episodes: Training episodes, each a step.
    """

    classes: int = CLASSES
    way: int = 15
    shots: int = 1
    learning_rate: float = 2e-3
    episodes: int = 300

    def check(self) -> None:
        """Raise ValueError unless there are enough classes and drawings for an episode."""
        if not 5 <= self.classes <= CLASSES:
            raise ValueError(f"There are {self.classes} classes; there can be 5 to {CLASSES}.")
        if not 1 <= self.shots <= DRAWINGS - ASKED:
            raise ValueError(f"There are {self.shots} shots; there can be 1 to 15.")


def network() -> nn.Sequential:
    """(n, 1, 16, 16) glyphs to (n, 192) places."""

    def block(below: int, above: int) -> tuple[nn.Module, ...]:
        convolution = nn.Conv2d(below, above, 3, padding=1)
        return convolution, nn.BatchNorm2d(above), nn.ReLU(), nn.MaxPool2d(2)

    return nn.Sequential(*block(1, 24), *block(24, 48), *block(48, 48), nn.Flatten())


def prototypes(
    places: Float[Tensor, "n d"], labels: Int[Tensor, " n"]
) -> Float[Tensor, "classes d"]:
    """The mean place of each class, 0 to the greatest label."""
    count = int(labels.max()) + 1
    sums = torch.zeros(count, places.shape[1], device=places.device)
    sums = sums.index_add(0, labels, places)
    return sums / torch.bincount(labels, minlength=count)[:, None]


def distances(
    places: Float[Tensor, "n d"], centres: Float[Tensor, "classes d"]
) -> Float[Tensor, "n classes"]:
    """Minus the squared distances, over the root of d: the logits of an episode."""
    return -(places[:, None] - centres).square().sum(2) / places.shape[1] ** 0.5


def episode(
    drawn: Float[Tensor, "classes drawings *shape"],
    way: int,
    shots: int,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Examples and their labels, images to sort and theirs, of `way` classes at random."""
    chosen = torch.randperm(len(drawn), generator=generator)[:way]
    which = torch.stack(
        [torch.randperm(drawn.shape[1], generator=generator)[: shots + ASKED] for _ in chosen]
    )
    images = drawn[chosen[:, None], which]
    labels = torch.arange(len(chosen), device=drawn.device)
    return (
        images[:, :shots].flatten(0, 1)[:, None],
        labels.repeat_interleave(shots),
        images[:, shots:].flatten(0, 1)[:, None],
        labels.repeat_interleave(ASKED),
    )


def sorted_right(
    model: nn.Module, drawn: Tensor, way: int, shots: int, generator: torch.Generator
) -> float:
    """The share of images that is sorted rightly, over episodes of unknown glyphs."""
    training, right = model.training, 0.0
    model.eval()
    for _ in range(JUDGED):
        shown, labels, asked, truth = episode(drawn, way, shots, generator)
        with torch.no_grad():
            logits = distances(model(asked), prototypes(model(shown), labels))
        right += float((logits.argmax(1) == truth).float().mean())
    model.train(training)
    return right / JUDGED


def board(model: nn.Module, drawn: Tensor, generator: torch.Generator) -> Picture:
    """An episode: one example of each of five new glyphs, and what five images were taken for."""
    shown, labels, asked, truth = episode(drawn, 5, 1, generator)
    model.eval()
    with torch.no_grad():
        answers = distances(model(asked), prototypes(model(shown), labels)).argmax(1)
    model.train()
    first = torch.arange(5, device=asked.device) * ASKED
    names = tuple(
        "right" if a == t else f"taken for {a + 1}"
        for a, t in zip(answers[first].tolist(), truth[first].tolist(), strict=True)
    )
    grid = torch.stack([shown[:, 0], asked[first, 0]])
    caption = "five new glyphs, one example each; below, what was to be sorted"
    return Picture("image_grid", grid, caption, (*map(str, range(1, 6)), *names))


def train(config: Config) -> Iterator[Start | Reading]:
    """Episode after episode; at the end, 100 with glyphs of an unknown alphabet.

    `test/5-way 1-shot` stands beside the same by bare pixels and by an untrained network.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    known = glyphs(CLASSES, DRAWINGS, seed=1)[: config.classes].to(config.device)
    new = glyphs(NEW, DRAWINGS, seed=2).to(config.device)
    model, untrained = network().to(config.device), network().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    way = min(config.way, config.classes)
    yield Start(
        total_steps=config.episodes, samples_per_step=way * ASKED, model=model,
        optimizer=optimizer, example=known[:, 0][:, None],
    )  # fmt: skip
    for step in range(1, config.episodes + 1):
        shown, labels, asked, truth = episode(known, way, config.shots, generator)
        # Together, so that batch norm sees examples and questions alike.
        places = model(torch.cat([shown, asked]))
        logits = distances(places[len(shown) :], prototypes(places[: len(shown)], labels))
        loss = functional.cross_entropy(logits, truth)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right = (logits.argmax(1) == truth).float().mean()
        now = Reading(step, {"train/loss": loss.detach(), "train/accuracy": right})
        if step % 30 == 0:
            now.pictures["episode"] = board(model, new, torch.Generator().manual_seed(3))
        if step == config.episodes:
            for shots in (1, 5):
                name = f"test/5-way {shots}-shot"
                now.scalars[name] = sorted_right(model, new, 5, shots, generator)
            now.scalars["test/20-way 1-shot"] = sorted_right(model, new, 20, 1, generator)
            now.scalars["test/pixels"] = sorted_right(nn.Flatten(), new, 5, 1, generator)
            now.scalars["test/untrained"] = sorted_right(untrained, new, 5, 1, generator)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))
