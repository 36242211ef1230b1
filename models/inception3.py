"""Inception v3: the same branches, with convolutions taken apart into cheaper ones.

A 5x5 convolution becomes two 3x3: 18 weights for every 25, and a ReLU more. Where maps are of
17x17, a 7x7 becomes 1x7 and 7x1: 14 for every 49. So the net can be 42 layers deep, see images of
299 pixels, and have fewer than 25 million parameters: 23,834,568 without its auxiliary head,
27,161,264 with it.

    stem      299 -> 35    five convolutions, two poolings                192 maps
    3 of A     35          5x5 or 3x3 twice                               256, 288, 288
    B          35 -> 17    pooling and strided convolutions at once       768
    4 of C     17          1x7 and 7x1, once or twice                     768, which the head sees
    D          17 -> 8     as B                                         1,280
    2 of E      8          1x3 and 3x1 side by side                     2,048

B and D make maps smaller and more at the same time: pooling first would throw away what the new
maps are to be made from, and convolving first would cost three times as much. Two more things are
new: batch norm throughout, and label smoothing: nine tenths of the truth is the label, one tenth is
spread evenly over all classes, so no logit gains by growing without end.

The layers are those of the released network, which torchvision has too; the paper's table 1 differs
in the stem. Ours: the head's share of the loss is v1's; the small net's stem does not pool and ends
at 16x16, its modules see 16, 7 and 3, and its head has 3x3 for 5x5 and no pooling before it.

Source:
    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, "Rethinking the Inception architecture
    for computer vision", CVPR 2016, https://arxiv.org/abs/1512.00567
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import classifying, pretrained
from models.inception import AUXILIARY
from models.reading import Picture, Reading, Start, asked, run_alone

Size = int | tuple[int, int]


@dataclass(kw_only=True)
class Config(classifying.Config):
    """The knobs.

    Attributes:
        auxiliary: Whether the head halfway takes part in the training.
        smoothing: The share of the truth that is spread over all classes.
    """

    auxiliary: bool = True
    smoothing: float = 0.1
    divisor: int = 16
    learning_rate: float = 0.01
    epochs: int = 7

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        super().check()
        if not 0 <= self.smoothing < 1:
            raise ValueError(f"smoothing is {self.smoothing}; it has to be from 0 to below 1.")


class Convolution(nn.Sequential):
    """A convolution without biases, batch norm, ReLU.

    Args:
        maps_in: Maps that come in.
        maps: Maps that go out.
        size: Height and width of the kernels.
        stride: Of both directions.
        same: Whether the side is kept (over the stride) by padding.
    """

    def __init__(
        self, maps_in: int, maps: int, size: Size = 1, stride: int = 1, same: bool = True
    ) -> None:
        high, wide = (size, size) if isinstance(size, int) else size
        padding = (high // 2, wide // 2) if same else 0
        conv = nn.Conv2d(maps_in, maps, (high, wide), stride, padding, bias=False)
        super().__init__(conv, nn.BatchNorm2d(maps, eps=0.001), nn.ReLU())


class Branches(nn.ModuleList):
    """Branches that look at the same maps, and stack what they find."""

    def forward(self, x: Float[Tensor, "n maps_in h w"]) -> Float[Tensor, "n maps h2 w2"]:
        """The maps of all branches, one after the other."""
        return torch.cat([branch(x) for branch in self], 1)


def chain(maps_in: int, *layers: tuple[int, Size], shrink: bool = False) -> nn.Sequential:
    """Convolutions in a row, each of so many maps and such a size.

    Args:
        maps_in: Maps that come in.
        layers: Maps and size of each.
        shrink: Whether the last goes in steps of two, without padding.
    """
    found = []
    for place, (maps, size) in enumerate(layers, 1):
        last = shrink and place == len(layers)
        found.append(Convolution(maps_in, maps, size, 2 if last else 1, same=not last))
        maps_in = maps
    return nn.Sequential(*found)


def pooled(maps_in: int, maps: int) -> nn.Sequential:
    """The branch that pools: the mean of 3x3, then 1x1."""
    return nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), Convolution(maps_in, maps))


Width = Callable[[int], int]
"""From a width of the published net to that of the net being made."""


def module_a(maps_in: int, w: Width, pool: int) -> Branches:
    """1x1, 5x5, 3x3 twice, pooling."""
    five = chain(maps_in, (w(48), 1), (w(64), 5))
    three = chain(maps_in, (w(64), 1), (w(96), 3), (w(96), 3))
    return Branches([Convolution(maps_in, w(64)), five, three, pooled(maps_in, w(pool))])


def module_b(maps_in: int, w: Width) -> Branches:
    """To half the side: 3x3, 3x3 twice, maxima."""
    once = chain(maps_in, (w(384), 3), shrink=True)
    twice = chain(maps_in, (w(64), 1), (w(96), 3), (w(96), 3), shrink=True)
    return Branches([once, twice, nn.MaxPool2d(3, stride=2)])


def module_c(maps_in: int, w: Width, inner: int) -> Branches:
    """1x1, 7x7 taken apart, 7x7 taken apart twice, pooling."""
    row, column, c = (1, 7), (7, 1), w(inner)
    once = chain(maps_in, (c, 1), (c, row), (w(192), column))
    twice = chain(maps_in, (c, 1), (c, column), (c, row), (c, column), (w(192), row))
    return Branches([Convolution(maps_in, w(192)), once, twice, pooled(maps_in, w(192))])


def module_d(maps_in: int, w: Width) -> Branches:
    """To half the side: 3x3, 7x7 taken apart and 3x3, maxima."""
    three = chain(maps_in, (w(192), 1), (w(320), 3), shrink=True)
    c = w(192)
    seven = chain(maps_in, (c, 1), (c, (1, 7)), (c, (7, 1)), (c, 3), shrink=True)
    return Branches([three, seven, nn.MaxPool2d(3, stride=2)])


def module_e(maps_in: int, w: Width) -> Branches:
    """1x1, 3x3 as a row beside a column, the same after another 3x3, pooling."""

    def beside() -> Branches:
        c = w(384)
        return Branches([Convolution(c, c, (1, 3)), Convolution(c, c, (3, 1))])

    one = Convolution(maps_in, w(320))
    wide = nn.Sequential(Convolution(maps_in, w(384)), beside())
    wider = nn.Sequential(*chain(maps_in, (w(448), 1), (w(384), 3)), beside())
    return Branches([one, wide, wider, pooled(maps_in, w(192))])


class Inception3(nn.Module):
    """The network: (n, 3, 299, 299) in, (n, classes) logits out.

    Args:
        head: Whether it has the auxiliary head.
        divisor: How many times fewer maps; no branch has fewer than 2.
        small: Whether it is for grey images of 32x32 pixels, (n, 1, 32, 32), instead.
        classes: How many there are.
    """

    def __init__(
        self, head: bool = True, divisor: int = 1, small: bool = False, classes: int = 1000
    ) -> None:
        super().__init__()

        def w(width: int) -> int:
            return max(2, width // divisor)

        def pool() -> list[nn.Module]:
            return [] if small else [nn.MaxPool2d(3, stride=2)]

        stem = [
            Convolution(1 if small else 3, w(32), 3, stride=2, same=small),
            *(Convolution(w(32), w(32), 3, same=small), Convolution(w(32), w(64), 3), *pool()),
            *(Convolution(w(64), w(80)), Convolution(w(80), w(192), 3, same=small), *pool()),
        ]
        a = [2 * w(64) + w(96) + w(pool) for pool in (32, 64, 64)]
        b = w(384) + w(96) + a[2]
        c = 4 * w(192)
        d = w(320) + w(192) + c
        e = w(320) + 4 * w(384) + w(192)
        self.lower = nn.Sequential(
            *stem,
            *(module_a(w(192), w, 32), module_a(a[0], w, 64), module_a(a[1], w, 64)),
            module_b(a[2], w),
            *(module_c(b, w, 128), module_c(c, w, 160), module_c(c, w, 160), module_c(c, w, 192)),
        )
        self.head = nn.Sequential(
            nn.Identity() if small else nn.AvgPool2d(5, stride=3),
            *(Convolution(c, w(128)), Convolution(w(128), w(768), 3 if small else 5, same=False)),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(w(768), classes)),
        )
        if not head:
            self.head = nn.Sequential()
        self.upper = nn.Sequential(
            *(module_d(c, w), module_e(d, w), module_e(e, w)),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(e, classes)),
        )

    def forward(self, x: Float[Tensor, "n colours h w"]) -> Float[Tensor, "n classes"]:
        """Logits, without the auxiliary head."""
        return self.upper(self.lower(x))

    def all_logits(self, x: Float[Tensor, "n colours h w"]) -> list[Float[Tensor, "n classes"]]:
        """The logits of the network, then those of the auxiliary head if it has one."""
        lower = self.lower(x)
        return [self.upper(lower), *([self.head(lower)] if len(self.head) else [])]


def from_pretrained(folder: Path | str) -> Inception3:
    """Torchvision's published Inception v3, from a folder of its weights, at rest.

    Its pixels are from -1 to 1.

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are not this network's.
    """
    model = Inception3()
    names = pretrained.torchvision_names(model, "inception_v3", init_weights=False)
    pretrained.load(model, pretrained.read(folder), names)
    return model.eval()


# --- the run ----------------------------------------------------------------------------------


@torch.no_grad()
def sureness(model: nn.Module, images: Tensor) -> dict[str, Picture]:
    """How sure the net is of each validation image: smoothed labels keep it from claiming 1."""
    model.eval()
    sure = model(images).softmax(1).amax(1)
    model.train()
    counts = torch.histc(sure, bins=20, min=0, max=1)
    edges = torch.arange(20, device=counts.device) / 20
    caption = "validation images by the probability of what they are taken for"
    return {"sureness": Picture("histogram", torch.stack([edges, counts], 1), caption)}


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn the digits of 32x32 pixels by the small net.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    model = Inception3(config.auxiliary, config.divisor, small=True, classes=10)

    def loss(
        model: nn.Module, images: Float[Tensor, "n 1 32 32"], labels: Int[Tensor, " n"]
    ) -> Tensor:
        top, *halfway = (
            functional.cross_entropy(each, labels, label_smoothing=config.smoothing)
            for each in model.all_logits(images)
        )
        return top + AUXILIARY * sum(halfway)

    yield from classifying.observe(model, config, loss, sureness)


if __name__ == "__main__":
    run_alone(train(asked(Config)))
