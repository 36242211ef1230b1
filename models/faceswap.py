"""A face swap on digits: one encoder that sees what, two decoders that know whose.

Two hands write the same digits: one upright, one slanted and thick. The encoder is shared, so what it
keeps is what both have in common, which digit it is; each decoder has seen one hand only, so it adds
what is that hand's own. Put an image of the first hand through the second's decoder, and the digit
stays while the hand changes. Nobody ever saw a pair. With an encoder for each hand the codes mean
different things, and the swap is nonsense.

    digit of A -> shared encoder -> code -> decoder of B -> the same digit in B's hand

A detector is trained on swaps beside real images, as fakes are found: by their traces, and only for as
long as the forger does not learn of it.

Source:
    The scheme of the first "deepfakes" (2017); see Y. Mirsky and W. Lee, "The creation and
    detection of deepfakes: a survey", ACM Computing Surveys 54(1), 2021,
    https://arxiv.org/abs/2004.11138
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.distort import distort
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

SIDE, CODE, BATCH, TEACHING = 16, 24, 32, 500
"""Pixels of a side; numbers in a code; images a step; steps of each judge and of the detector."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        shared: Whether both hands go through one encoder, or each through its own.
        learning_rate: Adam's. Live.
        steps: Optimiser steps of encoder and decoders.
    """

    shared: bool = True
    learning_rate: float = 2e-3
    steps: int = 1500


def upright(images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 1 16 16"]:
    """The first hand: as it was written, enlarged."""
    return functional.interpolate(images[:, None], size=(SIDE, SIDE), mode="bilinear")


def slanted(images: Float[Tensor, "n 8 8"]) -> Float[Tensor, "n 1 16 16"]:
    """The second hand: leaning to one side, with a thick pen."""
    lean = torch.tensor([[1.0, 0.45, 0.0], [0.0, 1.0, 0.0]], device=images.device)
    grid = functional.affine_grid(
        lean.expand(len(images), 2, 3), [len(images), 1, SIDE, SIDE], align_corners=False
    )
    moved = functional.grid_sample(upright(images), grid, align_corners=False)
    return functional.max_pool2d(moved, 3, 1, 1).clamp(0, 1)


def eye(out: int) -> nn.Sequential:
    """(n, 1, 16, 16) images to (n, out): encoders, judges and the detector."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(512, out)),
    )


def hand() -> nn.Sequential:
    """A decoder: (n, 24) codes to (n, 1, 16, 16) images in [0, 1]."""
    return nn.Sequential(
        *(nn.Linear(CODE, 512), nn.ReLU(), nn.Unflatten(1, (32, 4, 4))),
        *(nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU()),
        *(nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Sigmoid()),
    )


class Swapper(nn.Module):
    """Two hands, and what they have in common."""

    def __init__(self, shared: bool) -> None:
        super().__init__()
        self.encoders = nn.ModuleList([eye(CODE)])
        if not shared:
            self.encoders.append(eye(CODE))
        self.decoders = nn.ModuleList([hand(), hand()])

    def forward(
        self, images: Float[Tensor, "n 1 16 16"], whose: int, into: int
    ) -> Float[Tensor, "n 1 16 16"]:
        """Images by one hand (0 or 1), said again by another."""
        return self.decoders[into](self.encoders[whose % len(self.encoders)](images))


def taught(out: int, images: Tensor, labels: Tensor, generator: torch.Generator) -> nn.Sequential:
    """A classifier that is trained here and now: who judges digits, hands, and fakes."""
    model = eye(out).to(images.device)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(TEACHING):
        rows = torch.randint(len(labels), (64,), generator=generator)
        loss = functional.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@torch.no_grad()
def swaps(model: Swapper, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Images of the first hand in the second's, and the other way round."""
    return model(first, 0, 1), model(second, 1, 0)


def share(model: nn.Module, images: Tensor, wanted: Tensor | int) -> float:
    """How often a judge says what is wanted."""
    with torch.no_grad():
        return float((model(images).argmax(1) == wanted).float().mean())


def train(config: Config) -> Iterator[Start | Reading]:
    """Each hand through its own decoder, from distorted images; swapped only to look at.

    At the end, on digits that nobody saw: `test/digit kept` is how often a judge of digits reads the
    swap as the original's digit, `test/hand changed` how often a judge of hands takes it for the
    other's, `test/fakes found` the accuracy of a detector on new swaps and real images, half of each.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, valid, test = (part.to(config.device) for part in splits())
    order = torch.randperm(len(data.labels), generator=generator).to(config.device)
    one, other = order.tensor_split(2)
    # Other digits by either hand: no image has a counterpart.
    hands = upright(data.images[one]), slanted(data.images[other])
    model = Swapper(config.shared).to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    yield Start(total_steps=config.steps, samples_per_step=2 * BATCH, optimizer=optimizer)
    for step in range(1, config.steps + 1):
        loss = torch.zeros((), device=config.device)
        for whose, images in enumerate(hands):
            rows = torch.randint(len(images), (BATCH,), generator=generator)
            seen = distort(images[rows], generator, turn=0.12, scale=0.12, shift=0.12, noise=0.0)
            loss = loss + functional.mse_loss(model(seen, whose, whose), images[rows])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/mse": loss.detach() / 2})
        if step % 100 == 0:
            shown = upright(valid.images[:8])
            with torch.no_grad():
                grid = torch.stack(
                    [shown[:, 0], model(shown, 0, 0)[:, 0], model(shown, 0, 1)[:, 0]]
                )
            caption = "digits; said again by the same hand; swapped into the other's"
            now.pictures["swap"] = Picture("image_grid", grid, caption)
        if step == config.steps:
            now.scalars.update(judge(model, hands, data, test, generator))
        yield now


def judge(
    model: Swapper,
    hands: tuple[Tensor, Tensor],
    data: Split,
    test: Split,
    generator: torch.Generator,
) -> dict[str, float]:
    """What the swaps are taken for."""
    first, second = upright(data.images), slanted(data.images)
    both, count = torch.cat([first, second]), len(data.labels)
    whose = torch.arange(2, device=both.device).repeat_interleave(count)
    of_digits = taught(10, both, data.labels.repeat(2), generator)
    of_hands = taught(2, both, whose, generator)
    real = torch.cat(hands)
    fakes = torch.cat(swaps(model, *hands))
    detector = taught(
        2, torch.cat([real, fakes]), (torch.arange(2 * len(real)) >= len(real)).long().to(real.device),
        generator,
    )  # fmt: skip
    one, two = upright(test.images), slanted(test.images)
    into_second, into_first = swaps(model, one, two)
    kept = [share(of_digits, each, test.labels) for each in (into_second, into_first)]
    changed = share(of_hands, into_second, 1), share(of_hands, into_first, 0)
    found = (
        share(detector, torch.cat([one, two]), 0),
        share(detector, torch.cat([into_second, into_first]), 1),
    )
    return {
        "test/digit kept": sum(kept) / 2,
        "test/hand changed": sum(changed) / 2,
        "test/fakes found": sum(found) / 2,
    }


if __name__ == "__main__":
    run_alone(train(Config()), every=250)
