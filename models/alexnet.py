"""AlexNet, which won ImageNet in 2012: eight layers that learn, 60 million parameters, two GPUs.

    conv1   96 maps of 55x55    11x11, every fourth pixel     two groups   one tower of torchvision
            response norm, maxima of 3x3, every second            34,944        23,296   (64 maps)
    conv2  256 maps of 27x27    5x5                              307,456       307,392   (192)
            response norm, maxima of 3x3, every second
    conv3  384 maps of 13x13    3x3, sees both groups            885,120       663,936   (384)
    conv4  384 maps of 13x13    3x3                              663,936       884,992   (256)
    conv5  256 maps of 13x13    3x3                              442,624       590,080   (256)
            maxima of 3x3, every second: 6x6
    fc6    4,096 units                                        37,752,832    37,752,832
    fc7    4,096 units                                        16,781,312    16,781,312
    fc8    1,000 logits                                        4,097,000     4,097,000
                                                              60,965,224    61,100,840

One GPU of 2012 had 3 GB, so each held half of the maps: in conv2, conv4 and conv5 a map sees the
half on its own GPU. Today that is `groups=2`, it halves the weights, and it runs on one.
`one-tower` is the later net that torchvision calls AlexNet: other widths, no groups, no response
norm.

What was new together: ReLU instead of tanh, dropout in fc6 and fc7, pooling windows that overlap.

Ours: the paper's image of 224 pixels does not fit its own 55x55 (55 * 4 + 7 = 227), so two pixels
of padding stand around it, as in torchvision's; weights start by He's rule, for the paper's fixed
deviation of 0.01 suits its own widths only. The small net's stem is cut for 32 pixels: 5x5 without
a stride in conv1, and pooling down to 4x4.

Sources:
    A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, https://papers.nips.cc/paper/4824
    A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014,
    https://arxiv.org/abs/1404.5997 (the one tower)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import classifying, pretrained
from models.reading import Picture, Reading, Start, asked, run_alone

WIDTHS = {"two-group": (96, 256, 384, 384, 256), "one-tower": (64, 192, 384, 256, 256)}
"""Maps of conv1 to conv5."""


@dataclass(kw_only=True)
class Config(classifying.Config):
    """The knobs.

    Attributes:
        style: `two-group` or `one-tower`.
        dropout: Share of units left out in fc6 and fc7 at each step.
    """

    style: str = "two-group"
    divisor: int = 8
    dropout: float = 0.5
    learning_rate: float = 0.002
    epochs: int = 10

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        super().check()
        if self.style not in WIDTHS:
            raise ValueError(f"The style is {self.style!r}; it can be {', '.join(WIDTHS)}.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}; it has to be from 0 to below 1.")


class ResponseNorm(nn.Module):
    """Each map over (2 + 1e-4 * the sum of squares of it and the two on either side) to the 3/4.

    So maps compete, place by place: one that answers loudly quiets its neighbours.
    """

    def forward(self, x: Float[Tensor, "n maps h w"]) -> Float[Tensor, "n maps h w"]:
        """The maps, normalised; torch takes 5e-4 for the same, for it divides that by five."""
        maps = x.shape[1]
        squares = functional.pad(x.square(), (0, 0, 0, 0, 2, 2))
        near = sum(squares[:, shift : shift + maps] for shift in range(5))
        return x * (2 + 1e-4 * near).pow(-0.75)


class AlexNet(nn.Module):
    """The network: (n, 3, 224, 224) in, (n, classes) logits out.

    Args:
        style: `two-group` or `one-tower`.
        divisor: How many times fewer maps (always an even number, for the groups) and units.
        small: Whether it is for grey images of 32x32 pixels, (n, 1, 32, 32), instead.
        classes: How many there are.
        dropout: Share of units left out in fc6 and fc7.
    """

    def __init__(
        self,
        style: str = "two-group",
        divisor: int = 1,
        small: bool = False,
        classes: int = 1000,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        c1, c2, c3, c4, c5 = (2 * (width // (2 * divisor)) for width in WIDTHS[style])
        units, side = 4096 // divisor, 4 if small else 6
        grouped = style == "two-group"
        groups = 2 if grouped else 1
        norm = [ResponseNorm()] if grouped else []
        first = nn.Conv2d(1, c1, 5, padding=2) if small else nn.Conv2d(3, c1, 11, 4, padding=2)
        pool = nn.MaxPool2d(3, 2, padding=1 if small else 0)
        self.features = nn.Sequential(
            *(first, nn.ReLU(), *norm, pool),
            *(nn.Conv2d(c1, c2, 5, padding=2, groups=groups), nn.ReLU(), *norm, pool),
            *(nn.Conv2d(c2, c3, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c3, c4, 3, padding=1, groups=groups), nn.ReLU()),
            *(nn.Conv2d(c4, c5, 3, padding=1, groups=groups), nn.ReLU(), pool),
        )
        self.classifier = nn.Sequential(
            *(nn.Dropout(dropout), nn.Linear(c5 * side**2, units), nn.ReLU()),
            *(nn.Dropout(dropout), nn.Linear(units, units), nn.ReLU()),
            nn.Linear(units, classes),
        )
        self.apply(start)

    def forward(self, x: Float[Tensor, "n colours h w"]) -> Float[Tensor, "n classes"]:
        """Logits."""
        return self.classifier(self.features(x).flatten(1))


def start(layer: nn.Module) -> None:
    """He's rule: a ReLU passes half of the variance on, so weights start with 2 over their inputs.

    Source:
        K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015,
        https://arxiv.org/abs/1502.01852
    """
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)


def from_pretrained(folder: Path | str) -> AlexNet:
    """Torchvision's published AlexNet, from a folder of its weights, at rest.

    Its pixels are from 0 to 1, less (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225).

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are not this network's.
    """
    model = AlexNet("one-tower")
    pretrained.load(model, pretrained.read(folder))
    return model.eval()


def kernels(model: nn.Module, _: Tensor) -> dict[str, Picture]:
    """What conv1 looks for; in the paper's figure the two groups differ, colour and form."""
    weight = model.features[0].weight.detach()[:, 0]
    low, high = weight.min(), weight.max()
    rows = 2 if len(weight) % 2 == 0 else 1
    grid = ((weight - low) / (high - low)).reshape(rows, -1, *weight.shape[1:])
    return {"conv1": Picture("image_grid", grid, f"the {len(weight)} kernels of conv1")}


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn the digits of 32x32 pixels by the small net.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    model = AlexNet(config.style, config.divisor, True, 10, config.dropout)
    yield from classifying.observe(model, config, look=kernels)


if __name__ == "__main__":
    run_alone(train(asked(Config)))
