"""Why did it say so? Three maps of what mattered, and a test that a map can fail.

A digit stands in one quarter of the picture, blocks that mean nothing in the others. The network says
which digit; a map should say where it looked.

    saliency     how much the answer's logit changes with each pixel (a gradient)
    Grad-CAM     the last maps, each weighted by the mean gradient of the logit by it
    occlusion    how much less likely the answer gets when a patch is covered

The pointing game asks whether the quarter with the most weight is the digit's. And the same is asked
of a network that was never trained: a map that points as well there explains nothing.

Sources:
    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks", 2013,
    https://arxiv.org/abs/1312.6034 (saliency)
    R. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
    localization", ICCV 2017, https://arxiv.org/abs/1610.02391
    M. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901 (occlusion)
    J. Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018,
    https://arxiv.org/abs/1810.03292
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.data.digits import Split, splits
from models.mlp import accuracy
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

SIDE, QUARTER, DIGIT, PATCH = 32, 16, 14, 8
COVER = 0.15
"""The grey that covers a patch: the mean of what stands where nothing does."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        pooling: What becomes of the last maps: `max` takes the strongest place, `mean` all alike.
        learning_rate: Adam's. Live.
        epochs: Passes over 3,291 scenes.
    """

    pooling: str = "max"
    learning_rate: float = 2e-3
    epochs: int = 15

    def check(self) -> None:
        """Raise ValueError unless there is such a pooling."""
        if self.pooling not in ("max", "mean"):
            raise ValueError(f"The pooling is {self.pooling!r}; it can be max or mean.")


@dataclass(frozen=True)
class Scenes:
    """Pictures of one digit and three distractions.

    Attributes:
        images: (n, 1, 32, 32) in [0, 1].
        labels: (n,) the digits.
        quarters: (n,) where they are: 0 and 1 above, 2 and 3 below.
    """

    images: Float[Tensor, "n 1 32 32"]
    labels: Int[Tensor, " n"]
    quarters: Int[Tensor, " n"]

    def to(self, device: str) -> "Scenes":
        """The same scenes on another device."""
        return Scenes(*(each.to(device) for each in vars(self).values()))


def scenes(part: Split, generator: torch.Generator) -> Scenes:
    """A scene for each digit: enlarged, in a random quarter, over weak noise."""
    count = len(part.labels)
    large = functional.interpolate(part.images[:, None], size=(DIGIT, DIGIT), mode="bilinear")
    images = 0.3 * torch.rand(count, 1, SIDE, SIDE, generator=generator)
    quarters = torch.randint(4, (count,), generator=generator)
    blocks = (torch.rand(count, 4, 4, 4, generator=generator) > 0.6).float()
    blocks = functional.interpolate(blocks, size=(DIGIT, DIGIT))
    for quarter in range(4):
        top, left = quarter // 2 * QUARTER + 1, quarter % 2 * QUARTER + 1
        place = images[:, 0, top : top + DIGIT, left : left + DIGIT]
        here = (quarters == quarter)[:, None, None]
        drawn = torch.where(
            here, torch.maximum(place, large[:, 0]), place + 0.8 * blocks[:, quarter]
        )
        images[:, 0, top : top + DIGIT, left : left + DIGIT] = drawn
    return Scenes(images.clamp(0, 1), part.labels, quarters)


class Network(nn.Module):
    """(n, 1, 32, 32) scenes to (n, 10) logits, by way of (n, 48, 8, 8) maps."""

    def __init__(self, pooling: str = "max") -> None:
        super().__init__()
        self.pooling = pooling
        self.look = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 48, 3, padding=1), nn.ReLU()),
        )
        self.say = nn.Linear(48, 10)

    def decide(self, maps: Float[Tensor, "n 48 8 8"]) -> Float[Tensor, "n 10"]:
        """The logits of the maps."""
        return self.say(maps.amax((2, 3)) if self.pooling == "max" else maps.mean((2, 3)))

    def forward(self, images: Float[Tensor, "n 1 32 32"]) -> Float[Tensor, "n 10"]:
        """The logits of scenes."""
        return self.decide(self.look(images))


# --- the maps -----------------------------------------------------------------------------------


def saliency(
    model: Network, images: Float[Tensor, "n 1 32 32"], labels: Int[Tensor, " n"]
) -> Float[Tensor, "n 32 32"]:
    """The size of the gradient of each answer's logit by each pixel."""
    asked = images.detach().requires_grad_()
    chosen = model(asked).gather(1, labels[:, None]).sum()
    (gradient,) = torch.autograd.grad(chosen, asked)
    return gradient[:, 0].abs()


def weigh(
    maps: Float[Tensor, "n c h w"], gradients: Float[Tensor, "n c h w"]
) -> Float[Tensor, "n h w"]:
    """Grad-CAM: the maps by their mean gradient, summed; what speaks against the answer is cut."""
    return functional.relu((gradients.mean((2, 3), keepdim=True) * maps).sum(1))


def grad_cam(
    model: Network, images: Float[Tensor, "n 1 32 32"], labels: Int[Tensor, " n"]
) -> Float[Tensor, "n 8 8"]:
    """Where the last maps speak for the answer."""
    maps = model.look(images).detach().requires_grad_()
    chosen = model.decide(maps).gather(1, labels[:, None]).sum()
    (gradients,) = torch.autograd.grad(chosen, maps)
    return weigh(maps.detach(), gradients)


@torch.no_grad()
def occlusion(
    model: Network, images: Float[Tensor, "n 1 32 32"], labels: Int[Tensor, " n"]
) -> Float[Tensor, "n 4 4"]:
    """How much probability the answer loses when each patch of 8x8 pixels is covered."""

    def chance(seen: Tensor) -> Tensor:
        return model(seen).softmax(1).gather(1, labels[:, None])[:, 0]

    before, count = chance(images), SIDE // PATCH
    lost = torch.zeros(len(images), count, count, device=images.device)
    for i in range(count):
        for j in range(count):
            covered = images.clone()
            rows = slice(i * PATCH, (i + 1) * PATCH)
            covered[:, :, rows, j * PATCH : (j + 1) * PATCH] = COVER
            lost[:, i, j] = before - chance(covered)
    return lost


MAPS: dict[str, Callable[[Network, Tensor, Tensor], Tensor]] = {
    "saliency": saliency,
    "Grad-CAM": grad_cam,
    "occlusion": occlusion,
}


def points_right(maps: Float[Tensor, "n h w"], quarters: Int[Tensor, " n"]) -> Float[Tensor, ""]:
    """The pointing game: the share of maps whose heaviest quarter is the digit's; 0.25 is chance.

    A map that is empty everywhere points nowhere.
    """
    high, wide = maps.shape[1] // 2, maps.shape[2] // 2
    parts = maps.reshape(-1, 2, high, 2, wide).sum((2, 4)).flatten(1)
    return ((parts.argmax(1) == quarters) & (parts.amax(1) > 0)).float().mean()


def drawn(model: Network, part: Scenes) -> Picture:
    """Scenes, and below each its Grad-CAM."""
    images, labels = part.images[:6], part.labels[:6]
    maps = grad_cam(model, images, labels)[:, None]
    maps = functional.interpolate(maps / maps.amax((2, 3), keepdim=True).clamp(min=1e-9), SIDE)
    grid = torch.stack([images[:, 0], maps[:, 0]])
    return Picture("image_grid", grid, "scenes, and where Grad-CAM says the network looked")


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch over three scenes of every digit; then the pointing game.

    `test/Grad-CAM` and the like are of the trained network, `test/Grad-CAM untrained` of another
    that knows nothing.
    """
    config.check()
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, _, held_out = splits()
    three = [scenes(data, generator).to(config.device) for _ in range(3)]
    images, labels = (torch.cat([getattr(each, name) for each in three])
                      for name in ("images", "labels"))  # fmt: skip
    test = scenes(held_out, generator).to(config.device)
    model, untrained = (Network(config.pooling).to(config.device) for _ in range(2))
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(len(labels), 64, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=64, steps_per_epoch=batches.per_epoch, model=model,
        optimizer=optimizer, example=images[:64],
    )  # fmt: skip
    for step in range(1, total + 1):
        batch = batches.draw()
        said = model(images[batch])
        loss = functional.cross_entropy(said, labels[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right = accuracy(said.argmax(1), labels[batch])
        now = Reading(step, {"train/loss": loss.detach(), "train/accuracy": right})
        if step % batches.per_epoch == 0:
            now.pictures["maps"] = drawn(model, test)
        if step == total:
            with torch.no_grad():
                now.scalars["test/accuracy"] = accuracy(model(test.images).argmax(1), test.labels)
            for name, made in MAPS.items():
                for who, kind in ((model, ""), (untrained, " untrained")):
                    maps = made(who, test.images, test.labels)
                    now.scalars[f"test/{name}{kind}"] = points_right(maps, test.quarters)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=104)
