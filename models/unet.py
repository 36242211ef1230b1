"""U-Net: an answer for every pixel, from what is there and from where it stands.

To know *what* a pixel belongs to, a network must look far around it, so it pools; to know *where*
the edge runs, it must not. U-Net does both: down a ladder of poolings to maps that see far and are
coarse, and up again by transposed convolutions to the full size. On each rung the maps of the way
down are put beside those of the way up: the skip connections. Without them every edge has to be
guessed from maps of a quarter of the size.

    32x32  16 maps ------------------- beside -> 16 maps -> 11 classes a pixel
    16x16     32 maps ------ beside -> 32 maps
     8x8         64 maps ------^

Most pixels are background, so "background" everywhere is right for nine pixels in ten and useless.
`valid/miou` is what to look at: for each class the pixels that both the answer and the truth give
it, over those that either does; the mean over classes.

`style="2015"` is the paper's: 3x3 convolutions without padding, so that 572 pixels go in and 388
come out, and every skip is cropped to fit; no batch norm. `modern` pads and normalises.

Sources:
    O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image
    segmentation", MICCAI 2015, https://arxiv.org/abs/1505.04597
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data import scenes
from models.data.scenes import Scenes
from models.mlp import DIGITS
from models.reading import Picture, Reading, Start, run_alone

CLASSES = ("paper", *DIGITS)

MOST = 5
"""Digits in a scene, at most: the more of them, the more a step has to learn from."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        width: Maps at full size; they double on each rung down.
        rungs: How often the size is halved, 1 to 4.
        skips: Whether the maps of the way down are seen on the way up.
        background: The weight of a background pixel in the loss, where a digit's has 1.
        learning_rate: Of Adam, at its greatest: up from 0 in three tenths of the steps, then down.
        batch_size: Scenes in a step.
        steps: Steps in all.
    """

    width: int = 16
    rungs: int = 2
    skips: bool = True
    background: float = 0.1
    learning_rate: float = 0.006
    batch_size: int = 16
    steps: int = 500

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        for name, most in {"width": 512, "rungs": 4, "batch_size": 1000, "steps": 100_000}.items():
            if not 1 <= (given := getattr(self, name)) <= most:
                raise ValueError(f"{name} is {given}; it has to be from 1 to {most}.")


def twice(maps_in: int, maps: int, style: str) -> nn.Sequential:
    """Two 3x3 convolutions with ReLU."""
    layers: list[nn.Module] = []
    for width in (maps_in, maps):
        if style == "2015":
            layers += [nn.Conv2d(width, maps, 3), nn.ReLU()]
        else:
            conv = nn.Conv2d(width, maps, 3, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(maps), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """The network: (n, 1, h, w) in, (n, classes, h, w) logits out; smaller in the style of 2015.

    Args:
        style: `2015` or `modern`.
        width: Maps at full size.
        rungs: How often the size is halved.
        classes: Answers for a pixel.
        skips: Whether the maps of the way down are seen on the way up; else zeros stand in.
    """

    def __init__(
        self,
        style: str = "2015",
        width: int = 64,
        rungs: int = 4,
        classes: int = 2,
        skips: bool = True,
    ) -> None:
        super().__init__()
        widths = [width * 2**rung for rung in range(rungs + 1)]
        pairs = list(itertools.pairwise(widths))
        self.skips = skips
        self.first = twice(1, width, style)
        self.down = nn.ModuleList(twice(above, below, style) for above, below in pairs)
        pairs.reverse()
        self.up = nn.ModuleList(nn.ConvTranspose2d(low, high, 2, 2) for high, low in pairs)
        self.join = nn.ModuleList(twice(2 * high, high, style) for high, _ in pairs)
        self.last = nn.Conv2d(width, classes, 1)

    def forward(self, x: Float[Tensor, "n 1 h w"]) -> Float[Tensor, "n classes h2 w2"]:
        """Logits for each pixel."""
        seen = [self.first(x)]
        for down in self.down:
            seen.append(down(functional.max_pool2d(seen[-1], 2)))
        x = seen.pop()
        for up, join in zip(self.up, self.join, strict=True):
            x = up(x)
            skip = centre(seen.pop(), x.shape[-1])
            x = join(torch.cat([skip if self.skips else torch.zeros_like(skip), x], 1))
        return self.last(x)


def centre(x: Float[Tensor, "n maps h w"], side: int) -> Float[Tensor, "n maps side side"]:
    """The square in the middle."""
    edge = (x.shape[-1] - side) // 2
    return x[..., edge : edge + side, edge : edge + side]


# --- the measure ------------------------------------------------------------------------------


def counts(answers: Int[Tensor, "*shape"], truth: Int[Tensor, "*shape"]) -> Int[Tensor, "11 11"]:
    """How many pixels of each class (row) were taken for which (column)."""
    size = len(CLASSES)
    return torch.bincount((size * truth + answers).flatten(), minlength=size**2).reshape(size, size)


def ious(counts: Int[Tensor, "classes classes"]) -> Float[Tensor, " classes"]:
    """Intersection over union for each class: nan for one that is neither there nor seen."""
    both = counts.diagonal()
    return both / (counts.sum(0) + counts.sum(1) - both)


@torch.no_grad()
def examine(model: nn.Module, part: Scenes) -> tuple[Tensor, Int[Tensor, "11 11"], Tensor]:
    """Mean intersection over union, the counts it is made of, and the classes of every pixel."""
    model.eval()
    answers = torch.cat([model(images).argmax(1) for images in part.images.split(50)])
    model.train()
    found = counts(answers, part.classes)
    return ious(found).nanmean(), found, answers


def triptychs(part: Scenes, answers: Int[Tensor, "n h w"], rows: int = 3) -> Picture:
    """Scenes, what each pixel is, and what it was taken for."""
    columns = [part.images[:rows, 0].clamp(0, 1), part.classes[:rows] / 10, answers[:rows] / 10]
    caption = "scene, truth, answer; the brighter, the greater the digit"
    return Picture("image_grid", torch.stack(columns, 1), caption)


# --- the run ----------------------------------------------------------------------------------


def train(config: Config) -> Iterator[Start | Reading]:
    """A step for each mini-batch of scenes, drawn with replacement.

    `valid/miou` and `valid/accuracy`, the share of pixels, come ten times; `test/miou` at the end.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    data, valid, test = (part.to(device) for part in scenes.splits(config.seed, MOST))
    model = UNet("modern", config.width, config.rungs, len(CLASSES), config.skips)
    model = model.to(device, memory_format=fast.LAYOUT)
    optimizer = fast.optimiser("adam", model.parameters(), config.learning_rate, device)
    weights = torch.ones(len(CLASSES), device=device)
    weights[0] = config.background
    size, total, every = config.batch_size, config.steps, max(1, config.steps // 10)
    yield Start(
        total_steps=total,
        samples_per_step=size,
        model=model,
        optimizer=optimizer,
        example=data.images[:size],
    )
    for step in range(1, total + 1):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * fast.one_cycle((step - 0.5) / total)
        batch = torch.randint(len(data.images), (size,), generator=generator).to(device)
        loss = functional.cross_entropy(model(data.images[batch]), data.classes[batch], weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % every == 0 or step == total:
            now.scalars["valid/miou"], found, answers = examine(model, valid)
            now.scalars["valid/accuracy"] = found.trace() / found.sum()
            caption = "validation pixels"
            now.pictures["confusion"] = Picture("confusion", found, caption, labels=CLASSES)
            now.pictures["scenes"] = triptychs(valid, answers)
        if step == total:
            now.scalars["test/miou"] = examine(model, test)[0]
        yield now


if __name__ == "__main__":
    run_alone(train(Config()))
