"""Inception v1, called GoogLeNet: look at every place through windows of several sizes at once.

How large is the thing to be recognised? An inception module does not choose. Four branches look at
the same maps, and what they find is stacked:

    1x1                                        what is at this place
    1x1, fewer maps, then 3x3                  what is around it
    1x1, fewer maps, then 5x5                  what is further around
    maxima of 3x3, then 1x1, fewer maps        the loudest near it

The 1x1 convolutions before 3x3 and 5x5 make that affordable: module 3a has 163,328 weights, and its
5x5 alone would have 153,600 without them. Nine modules and no wide layers at the end, 7 million
parameters where AlexNet has 61. Two auxiliary heads classify halfway, with 0.3 of the loss each, so
that the lower layers hear something; they are cut off when training is done.

`style="2014"` is the paper's: biases and no batch norm, two response norms. With heads 13,378,280
parameters, 6,998,552 without. `style="torchvision"` is the net that torchvision publishes weights
for: batch norm, no biases, another pooling before 5a and in the heads; and 3x3 where the paper has
5x5, a mistake that was found when the weights were already out. 13,004,888 and 6,624,904. We keep
both, for one is the idea and the other has the weights; `torchvision` is the one that trains here,
for without batch norm a net so deep does not start.

Ours: the small net's stem is 3x3 without a stride, one pooling less, and its heads see 4x4.

Sources:
    C. Szegedy, W. Liu, Y. Jia, P. Sermanet, S. Reed, D. Anguelov, D. Erhan, V. Vanhoucke,
    A. Rabinovich, "Going deeper with convolutions", CVPR 2015, https://arxiv.org/abs/1409.4842
    The mistake: https://github.com/pytorch/vision/issues/906
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import classifying, pretrained
from models.alexnet import ResponseNorm
from models.reading import Picture, Reading, Start, asked, run_alone

STYLES = ("2014", "torchvision")

MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Maps of each module, by the paper's table 1: 1x1, reduced and 3x3, reduced and 5x5, pool."""

AUXILIARY = 0.3
"""The weight of each auxiliary head's loss."""


@dataclass(kw_only=True)
class Config(classifying.Config):
    """The knobs.

    Attributes:
        style: `2014` or `torchvision`.
        auxiliary: Whether the two heads halfway take part in the training.
    """

    style: str = "torchvision"
    auxiliary: bool = True
    divisor: int = 16
    learning_rate: float = 0.006
    epochs: int = 7

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        super().check()
        if self.style not in STYLES:
            raise ValueError(f"The style is {self.style!r}; it can be {', '.join(STYLES)}.")


def convolution(style: str, maps_in: int, maps: int, size: int, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the side (over the stride), and ReLU; batch norm between the two."""
    padding = size // 2
    if style == "2014":
        return nn.Sequential(nn.Conv2d(maps_in, maps, size, stride, padding), nn.ReLU())
    conv = nn.Conv2d(maps_in, maps, size, stride, padding, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(maps, eps=0.001), nn.ReLU())


class Inception(nn.Module):
    """A module: four branches side by side.

    Args:
        style: `2014` or `torchvision`.
        maps_in: Maps that come in.
        maps: A row of `MODULES`.
    """

    def __init__(self, style: str, maps_in: int, maps: tuple[int, ...]) -> None:
        super().__init__()
        one, reduced3, three, reduced5, five, pooled = maps
        wide = 5 if style == "2014" else 3
        self.branches = nn.ModuleList(
            [
                convolution(style, maps_in, one, 1),
                nn.Sequential(
                    convolution(style, maps_in, reduced3, 1),
                    convolution(style, reduced3, three, 3),
                ),
                nn.Sequential(
                    convolution(style, maps_in, reduced5, 1),
                    convolution(style, reduced5, five, wide),
                ),
                nn.Sequential(
                    nn.MaxPool2d(3, stride=1, padding=1), convolution(style, maps_in, pooled, 1)
                ),
            ]
        )

    def forward(self, x: Float[Tensor, "n maps_in h w"]) -> Float[Tensor, "n maps h w"]:
        """What all branches found, stacked."""
        return torch.cat([branch(x) for branch in self.branches], 1)


def auxiliary(style: str, small: bool, maps_in: int, divisor: int, classes: int) -> nn.Sequential:
    """A head halfway: 4x4 places, 128 maps, 1,024 units, logits."""
    exact = style == "2014" and not small
    maps, units = 128 // divisor, 1024 // divisor
    return nn.Sequential(
        nn.AvgPool2d(5, stride=3) if exact else nn.AdaptiveAvgPool2d(4),
        *(convolution(style, maps_in, maps, 1), nn.Flatten()),
        *(nn.Linear(16 * maps, units), nn.ReLU(), nn.Dropout(0.7), nn.Linear(units, classes)),
    )


class GoogLeNet(nn.Module):
    """The network: (n, 3, 224, 224) in, (n, classes) logits out.

    Args:
        style: `2014` or `torchvision`.
        heads: Whether it has the two auxiliary heads.
        divisor: How many times fewer maps and units; no branch has fewer than 2.
        small: Whether it is for grey images of 32x32 pixels, (n, 1, 32, 32), instead.
        classes: How many there are.
    """

    def __init__(
        self,
        style: str = "2014",
        heads: bool = True,
        divisor: int = 1,
        small: bool = False,
        classes: int = 1000,
    ) -> None:
        super().__init__()
        norm = [ResponseNorm()] if style == "2014" else []
        c1, c3 = 64 // divisor, 192 // divisor
        first = convolution(style, 1, c1, 3) if small else convolution(style, 3, c1, 7, 2)
        last = nn.MaxPool2d(2) if style == "torchvision" else pool()
        modules, outputs, maps = {}, {}, c3
        for name, row in MODULES.items():
            widths = tuple(max(2, width // divisor) for width in row)
            modules[name] = Inception(style, maps, widths)
            outputs[name] = maps = widths[0] + widths[2] + widths[4] + widths[5]
        a3, b3, a4, b4, c4, d4, e4, a5, b5 = modules.values()
        stem = [convolution(style, c1, c1, 1), convolution(style, c1, c3, 3), *norm]
        self.stem = nn.Sequential(first, pool(), *norm, *stem, *([] if small else [pool()]))
        self.early = nn.Sequential(a3, b3, pool(), a4)
        self.middle = nn.Sequential(b4, c4, d4)
        self.late = nn.Sequential(e4, last, a5, b5)
        self.heads = nn.ModuleList(
            auxiliary(style, small, outputs[name], divisor, classes)
            for name in ("4a", "4d")
            if heads
        )
        self.fc = nn.Linear(maps, classes)
        self.dropout = nn.Dropout(0.2 if style == "torchvision" else 0.4)

    def all_logits(self, x: Float[Tensor, "n colours h w"]) -> list[Float[Tensor, "n classes"]]:
        """The logits of the network, then those of each auxiliary head, the lower first."""
        early = self.early(self.stem(x))
        middle = self.middle(early)
        top = self.fc(self.dropout(self.late(middle).mean((2, 3))))
        return [top, *(head(at) for head, at in zip(self.heads, (early, middle), strict=False))]

    def forward(self, x: Float[Tensor, "n colours h w"]) -> Float[Tensor, "n classes"]:
        """Logits, without the auxiliary heads."""
        top = self.late(self.middle(self.early(self.stem(x))))
        return self.fc(self.dropout(top.mean((2, 3))))


def pool() -> nn.MaxPool2d:
    """Maxima of 3x3, every second; a window may reach over the border, so sides halve exactly."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


def from_pretrained(folder: Path | str) -> GoogLeNet:
    """Torchvision's published GoogLeNet, from a folder of its weights, at rest.

    Its pixels are from -1 to 1.

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are not this network's.
    """
    model = GoogLeNet("torchvision")
    names = pretrained.torchvision_names(model, "googlenet", aux_logits=True, init_weights=False)
    pretrained.load(model, pretrained.read(folder), names)
    return model.eval()


# --- the run ----------------------------------------------------------------------------------


def loss(model: nn.Module, images: Float[Tensor, "n 1 32 32"], labels: Int[Tensor, " n"]) -> Tensor:
    """The loss of the network, and 0.3 of that of each auxiliary head."""
    top, *halfway = (functional.cross_entropy(each, labels) for each in model.all_logits(images))
    return top + AUXILIARY * sum(halfway)


@torch.no_grad()
def usage(model: nn.Module, images: Tensor) -> dict[str, Picture]:
    """How much of a module's mean output comes from each of its branches: 9 rows that sum to 1."""
    model.eval()
    rows, x = [], images
    for layer in (*model.stem, *model.early, *model.middle, *model.late):
        if isinstance(layer, Inception):
            found = torch.stack([branch(x).sum() for branch in layer.branches])
            rows.append(found / found.sum().clamp_min(1e-9))
        x = layer(x)
    model.train()
    caption = "share of each branch (1x1, 3x3, 5x5, pool) in what a module says, 3a to 5b"
    return {"branches": Picture("heat_map", torch.stack(rows), caption, labels=tuple(MODULES))}


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn the digits of 32x32 pixels by the small net.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    model = GoogLeNet(config.style, config.auxiliary, config.divisor, small=True, classes=10)
    yield from classifying.observe(model, config, loss, usage)


if __name__ == "__main__":
    run_alone(train(asked(Config)))
