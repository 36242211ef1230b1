"""Pretext tasks: labels that come for free, and what they are worth.

Nobody says what the drawings are. The labels are made from the drawings themselves, and a task of no
use to anybody is learned for the sake of what has to be noticed on the way:

    rotation    a drawing is turned by 0, 90, 180 or 270 degrees: by how much?
    twins       every drawing is shown twice: which of all the others is the other view? (SimCLR)

Beside them the two ways with labels: `names`, a plain classifier, and `episodes`, which learns as it
will be asked (prototypical networks). All have the same network, as many images a step and the same
examination: five glyphs of an alphabet that nobody has seen, one example of each.

Too hard a task teaches as little as too easy a one. A random glyph has no upright; two views that do
not differ are found without looking.

Sources:
    S. Gidaris, P. Singh and N. Komodakis, "Unsupervised representation learning by predicting image
    rotations", ICLR 2018, https://arxiv.org/abs/1803.07728
    T. Chen, S. Kornblith, M. Norouzi and G. Hinton, "A simple framework for contrastive learning of
    visual representations", ICML 2020, https://arxiv.org/abs/2002.05709
    J. Snell, K. Swersky and R. Zemel, "Prototypical networks for few-shot learning", NIPS 2017,
    https://arxiv.org/abs/1703.05175
"""

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.glyphs import glyphs
from models.distort import distort
from models.prototypes import CLASSES, DRAWINGS, NEW, board, distances, episode, prototypes
from models.prototypes import network as body
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate
from models.rotation import turned
from models.simclr import nt_xent

IMAGES, JUDGED, EVERY = 120, 200, 25
"""Images a step; episodes of an examination; steps between two."""
TEMPERATURE = 0.2
VIEWS: dict[str, dict[str, float]] = {"changed": {}, "any turn": {"turn": math.pi}}

Right = tuple[Tensor, Tensor]
"""The loss of a step, and the share of its answers that is right."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        task: What is learned: `rotation` and `twins` without labels, `names` and `episodes` with.
        views: How the two views of `twins` differ: `same` not at all, `changed` by small turns,
            sizes and shifts, `any turn` by turns as large as can be.
        glyphs: Glyphs of the alphabet to learn from, 5 to 150, twenty drawings of each.
        learning_rate: Adam's. Live.
        steps: Optimiser steps.
    """

    task: str = "rotation"
    views: str = "changed"
    glyphs: int = CLASSES
    learning_rate: float = 2e-3
    steps: int = 200

    def check(self) -> None:
        """Raise ValueError unless there are such a task, such views and so many glyphs."""
        if self.task not in ("rotation", "twins", "names", "episodes"):
            raise ValueError(
                f"The task is {self.task!r}; it can be rotation, twins, names, episodes."
            )
        if self.views not in ("same", *VIEWS):
            raise ValueError(f"The views are {self.views!r}; they can be same, changed, any turn.")
        if not 5 <= self.glyphs <= CLASSES:
            raise ValueError(f"There are {self.glyphs} glyphs; there can be 5 to {CLASSES}.")


def head(config: Config) -> nn.Module:
    """(n, 192) places to what the task asks for; thrown away afterwards."""
    if config.task == "rotation":
        return nn.Linear(192, 4)
    if config.task == "names":
        return nn.Linear(192, config.glyphs)
    if config.task == "twins":
        return nn.Sequential(nn.Linear(192, 64), nn.ReLU(), nn.Linear(64, 32))
    return nn.Identity()


def found(first: Float[Tensor, "n d"], second: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """The share of first views whose nearest, of all other views, is their own second one."""
    views = functional.normalize(torch.cat([first, second]), dim=1)
    alike = (views @ views.T).fill_diagonal_(-2)[: len(first)]
    partner = torch.arange(len(first), device=alike.device) + len(first)
    return (alike.argmax(1) == partner).float().mean()


def task(
    config: Config, model: nn.Sequential, known: Float[Tensor, "classes drawings 16 16"]
) -> Callable[[torch.Generator], Right]:
    """A step of the task: draws images, and says how wrong the answers are."""
    drawn = known.flatten(0, 1)[:, None]
    names = torch.arange(len(known), device=known.device).repeat_interleave(DRAWINGS)
    # As many images a step whatever is asked: four turns, two views, one, six of each class.
    share = {"rotation": 4, "twins": 2, "names": 1, "episodes": 6}[config.task]
    size = min(IMAGES // share, len(drawn))
    batches = Shuffle(len(drawn), size, torch.Generator().manual_seed(config.seed))

    def judged(logits: Tensor, truth: Tensor) -> Right:
        right = (logits.argmax(1) == truth).float().mean()
        return functional.cross_entropy(logits, truth), right

    def step(generator: torch.Generator) -> Right:
        if config.task == "episodes":
            shown, labels, asked, truth = episode(known, size, 1, generator)
            places = model(torch.cat([shown, asked]))
            centres = prototypes(places[: len(shown)], labels)
            return judged(distances(places[len(shown) :], centres), truth)
        rows = batches.draw()
        images = drawn[rows]
        if config.task == "rotation":
            asked, quarters = turned(images)
            return judged(model(asked), quarters)
        if config.task == "names":
            return judged(model(images), names[rows])
        pair = [view(images, config.views, generator) for _ in range(2)]
        # Together, so that batch norm sees both views alike.
        first, second = model(torch.cat(pair)).chunk(2)
        with torch.no_grad():
            right = found(first, second)
        return nt_xent(first, second, TEMPERATURE), right

    return step


def view(
    images: Float[Tensor, "n 1 16 16"], views: str, generator: torch.Generator
) -> Float[Tensor, "n 1 16 16"]:
    """The images as one of two views shows them."""
    return images if views == "same" else distort(images, generator, **VIEWS[views])


@torch.no_grad()
def examined(eye: nn.Module, drawn: Float[Tensor, "classes drawings 16 16"]) -> float:
    """The share that is sorted rightly of five unknown glyphs, one example each; 0.2 is chance.

    The 200 episodes are the same at every call, so that two networks sit the same examination.
    """
    was = eye.training
    eye.eval()
    places = eye(drawn.flatten(0, 1)[:, None]).unflatten(0, drawn.shape[:2])
    eye.train(was)
    generator = torch.Generator().manual_seed(0)
    right = 0.0
    for _ in range(JUDGED):
        shown, labels, asked, truth = episode(places, 5, 1, generator)
        logits = distances(asked[:, 0], prototypes(shown[:, 0], labels))
        right += float((logits.argmax(1) == truth).float().mean())
    return right / JUDGED


def shown(config: Config, images: Float[Tensor, "n 1 16 16"]) -> Picture:
    """What the task is asked about, of six drawings."""
    generator = torch.Generator().manual_seed(3)
    if config.task == "rotation":
        rows = turned(images)[0].unflatten(0, (4, len(images)))[:, :, 0]
        return Picture("image_grid", rows[:2], "by how much is the lower row turned?")
    if config.task == "twins":
        rows = torch.stack([view(images, config.views, generator)[:, 0] for _ in range(2)])
        return Picture("image_grid", rows, "two views of each drawing")
    return Picture("image_grid", images[None, :, 0], "drawings, and somebody said what they are")


def train(config: Config) -> Iterator[Start | Reading]:
    """Step after step of the task; every 25 steps an examination that it never heard of.

    `valid/new` and, at the end, `test/new` are shares sorted rightly, of two alphabets of fifty glyphs;
    `test/untrained` and `test/pixels` what the network at its start and bare pixels make of the second.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    known, valid, test = (
        glyphs(count, DRAWINGS, seed=seed).to(config.device)
        for count, seed in ((CLASSES, 1), (NEW, 3), (NEW, 2))
    )
    known = known[: config.glyphs]
    eye = body().to(config.device)
    untrained = deepcopy(eye)
    model = nn.Sequential(eye, head(config)).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    step_of = task(config, model, known)
    yield Start(
        total_steps=config.steps, samples_per_step=IMAGES, model=model, optimizer=optimizer,
        example=known[:5, 0][:, None],
    )  # fmt: skip
    for step in range(1, config.steps + 1):
        loss, right = step_of(generator)
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach(), "train/right": right})
        if step % EVERY == 0 or step == config.steps:
            now.scalars["valid/new"] = examined(eye, valid)
            now.pictures["task"] = shown(config, known[:5, 0][:, None])
            now.pictures["episode"] = board(eye, valid, torch.Generator().manual_seed(3))
        if step == config.steps:
            now.scalars["test/new"] = examined(eye, test)
            now.scalars["test/untrained"] = examined(untrained, test)
            now.scalars["test/pixels"] = examined(nn.Flatten(), test)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=25)
