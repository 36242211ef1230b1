"""VGG-16: sixteen layers that learn, and every convolution the smallest that knows left from right.

Two 3x3 convolutions see 5x5 pixels, three see 7x7, with fewer weights than one 5x5 or 7x7 and a
ReLU more in between. So the network is 3x3 throughout; maps double wherever pooling halves the
sides:

    maps of         64        128       256       512       512
    convolutions     2         2         3         3         3       then maxima of 2x2, each time
    side           224       112        56        28        14       7x7 in the end
    parameters  38,720   221,440 1,475,328 5,899,776 7,079,424

    fc6  102,764,544    fc7  16,781,312    fc8  4,097,000            138,357,544 in all

Three quarters of all weights are in fc6, and all the depth in the other quarter. Depth was also the
trouble: from torch's default start the signal fades to nothing on its way through 16 layers, and
training does not begin. The authors began with 11 layers and grew the net from there. `init="he"`,
or batch norm after each convolution, makes it start at once; both are younger than the network.

Ours: the small net has no hidden 7x7, for 32 pixels are halved five times to one.

Sources:
    K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image
    recognition", ICLR 2015, https://arxiv.org/abs/1409.1556 (configuration D)
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015,
    https://arxiv.org/abs/1502.01852 (section 2.2, the start)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from models import classifying, pretrained
from models.alexnet import start
from models.reading import Picture, Reading, Start, asked, run_alone

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Maps of each convolution; maxima of 2x2 pixels end a block."""

INITS = ("default", "he")


@dataclass(kw_only=True)
class Config(classifying.Config):
    """The knobs.

    Attributes:
        batch_norm: Whether each convolution is followed by batch norm.
        init: `default` (torch's own) or `he`.
    """

    batch_norm: bool = True
    init: str = "default"
    divisor: int = 16
    learning_rate: float = 0.004
    epochs: int = 8

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        super().check()
        if self.init not in INITS:
            raise ValueError(f"The init is {self.init!r}; it can be {', '.join(INITS)}.")


class VGG16(nn.Module):
    """The network: (n, 3, 224, 224) in, (n, classes) logits out.

    Args:
        batch_norm: Whether each convolution is followed by batch norm.
        divisor: How many times fewer maps and units.
        small: Whether it is for grey images of 32x32 pixels, (n, 1, 32, 32), instead.
        classes: How many there are.
        dropout: Share of units left out in fc6 and fc7.
    """

    def __init__(
        self,
        batch_norm: bool = False,
        divisor: int = 1,
        small: bool = False,
        classes: int = 1000,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        maps = 1 if small else 3
        for block in BLOCKS:
            for width in block:
                layers.append(nn.Conv2d(maps, maps := width // divisor, 3, padding=1))
                layers += [nn.BatchNorm2d(maps)] if batch_norm else []
                layers.append(nn.ReLU())
            layers.append(nn.MaxPool2d(2))
        units, side = 4096 // divisor, 1 if small else 7
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            *(nn.Linear(maps * side**2, units), nn.ReLU(), nn.Dropout(dropout)),
            *(nn.Linear(units, units), nn.ReLU(), nn.Dropout(dropout)),
            nn.Linear(units, classes),
        )

    def forward(self, x: Float[Tensor, "n colours h w"]) -> Float[Tensor, "n classes"]:
        """Logits."""
        return self.classifier(self.features(x).flatten(1))


def from_pretrained(folder: Path | str, batch_norm: bool = False) -> VGG16:
    """Torchvision's published VGG-16, from a folder of its weights, at rest.

    Its pixels are from 0 to 1, less (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225).

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are not this network's.
    """
    model = VGG16(batch_norm)
    pretrained.load(model, pretrained.read(folder))
    return model.eval()


@torch.no_grad()
def spread(model: nn.Module, images: Tensor) -> dict[str, Picture]:
    """How far apart different images still are, layer by layer: what a fading signal looks like.

    It is the standard deviation over the images of what a convolution returns, against the root
    mean square of it: 0 where the layer says the same of every image.
    """
    model.eval()
    lines, x = [], images
    for layer in model.features:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            lines.append(float(x.std(0).square().mean().sqrt() / x.square().mean().sqrt()))
    model.train()
    caption = "how different images look to each convolution, first to last"
    return {"spread": Picture("lines", torch.tensor([lines]), caption, labels=("difference",))}


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn the digits of 32x32 pixels by the small net.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    dropout = 0.2 if config.batch_norm else 0.5  # batch norm has noise of its own
    model = VGG16(config.batch_norm, config.divisor, small=True, classes=10, dropout=dropout)
    if config.init == "he":
        model.apply(start)
    yield from classifying.observe(model, config, look=spread)


if __name__ == "__main__":
    run_alone(train(asked(Config)))
