"""Augmentation: a hundred digits, and what may be done to a digit without making it another.

A network that sees the same hundred images in every epoch learns those hundred. One that sees each
a little turned, sheared, scaled and shifted, anew every time, has to learn what stays the same. It
is the cheapest way to tell a network what one knows about images, and it is only as good as that
knowledge: mirrored cats are cats, but a mirrored 2 is nothing that anybody writes.

    none     as they are
    mild     up to 0.15 rad turned, 8 % scaled, 15 % sheared, 10 % of half the side shifted
    noise    mild, and noise of standard deviation 0.08
    flip     every other one mirrored, left to right

How much it gives depends on which hundred images they are, and that differs more from seed to seed
than `mild` differs from `none`: compare the same seeds, and several of them.

Source:
    P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural networks
    applied to visual document analysis", ICDAR 2003, https://doi.org/10.1109/ICDAR.2003.1227801
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data.digits import Split, splits
from models.mlp import accuracy, predict
from models.reading import Picture, Reading, Start, run_alone

TURN, SCALE, SHEAR, SHIFT = 0.15, 0.08, 0.15, 0.1
"""The most that `mild` does: radians, a share, a share, a share of half the side."""

NOISE = 0.08
"""Standard deviation of the noise that `noise` adds."""

Images = Float[Tensor, "n 8 8"]


def mild(images: Images) -> Images:
    """Each image turned, scaled, sheared and shifted a little, each by amounts of its own."""
    turn, scale, shear, right, down = 2 * torch.rand(5, len(images), device=images.device) - 1
    turn, scale, shear = TURN * turn, 1 + SCALE * scale, SHEAR * shear
    cosine, sine = scale * turn.cos(), scale * turn.sin()
    # Where a place of the new image lies in the old one, both running from -1 to 1.
    across = torch.stack([cosine, shear - sine, SHIFT * right], 1)
    along = torch.stack([sine, cosine, SHIFT * down], 1)
    maps = torch.stack([across, along], 1)
    grid = functional.affine_grid(maps, [len(images), 1, *images.shape[1:]], align_corners=False)
    return functional.grid_sample(images[:, None], grid, align_corners=False)[:, 0]


def noise(images: Images) -> Images:
    """As `mild`, and each pixel a little off."""
    return mild(images) + NOISE * torch.randn_like(images)


def flip(images: Images) -> Images:
    """Every image mirrored with a chance of one half."""
    mirrored = torch.rand(len(images), 1, 1, device=images.device) < 0.5
    return torch.where(mirrored, images.flip(2), images)


CHOICES: dict[str, Callable[[Images], Images]] = {
    "none": lambda images: images,
    "mild": mild,
    "noise": noise,
    "flip": flip,
}


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        augment: `none`, `mild`, `noise` or `flip`.
        images: How many images there are to learn from, drawn by the seed.
        writers: Whether the images tested are from people who wrote none of those.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down.
        batch_size: Images in a step.
        steps: Steps in all.
    """

    augment: str = "mild"
    images: int = 100
    writers: bool = False
    learning_rate: float = 0.003
    batch_size: int = 25
    steps: int = 1000

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        if self.augment not in CHOICES:
            known = ", ".join(CHOICES)
            raise ValueError(f"The augmentation is {self.augment!r}; it can be {known}.")
        for name, most in {"images": 1097, "batch_size": self.images, "steps": 100_000}.items():
            if not 1 <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from 1 to {most}.")


def network() -> nn.Sequential:
    """The network, 21,386 parameters: (images, 8, 8) in, (images, 10) logits out."""
    return nn.Sequential(
        *(nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        nn.Linear(256, 10),
    )


def score(model: nn.Module, split: Split) -> Tensor:
    """The share of a split that the network calls rightly."""
    return accuracy(predict(model, split.images), split.labels)


def train(config: Config) -> Iterator[Start | Reading]:
    """Some images over and over, each time augmented anew.

    `train/accuracy` is on those images as they are, so that it and `valid/accuracy` show the gap.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (part.to(device) for part in splits(config.writers))
    few = torch.randperm(len(data.labels), generator=generator)[: config.images].to(device)
    data = Split(data.images[few], data.labels[few])
    model = network().to(device)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
    total, every = config.steps, max(1, config.steps // 20)
    augment = CHOICES[config.augment]
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=-(-config.images // config.batch_size),
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
    )
    step = 0
    while step < total:
        for batch in fast.batches(config.images, config.batch_size, generator, device):
            if step == total:
                break
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * fast.one_cycle((step + 0.5) / total)
            step += 1
            seen = augment(data.images[batch])
            loss = functional.cross_entropy(model(seen), data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % every == 0 or step == total:
                now.scalars["train/accuracy"] = score(model, data)
                now.scalars["valid/accuracy"] = score(model, valid)
                grid = torch.stack([augment(data.images[:6]) for _ in range(4)]).clamp(0, 1)
                caption = "six of the images, four times as the network gets them"
                now.pictures["augmented"] = Picture("image_grid", grid, caption)
            if step == total:
                now.scalars["test/accuracy"] = score(model, test)
            yield now


if __name__ == "__main__":
    run_alone(train(Config()))
