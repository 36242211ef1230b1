"""Frozen: three famous networks of which one part never learns, but stays as it was drawn.

A classifier of images has convolutions below and dense layers on top. In LeNet-5 and in AlexNet all but
4 % of the weights are dense, in VGG-16 all but 11 %. Is that where the learning sits? Freeze one part
and let the other learn:

    LeNet-5    two convolutions below; C5 spans its whole input here, and is dense in all but name
    AlexNet    five, a sixteenth as wide as in 2012
    VGG-16     thirteen, a sixteenth as wide as in 2014

Batch norm after each convolution of VGG-16 is younger than the network; without it, and from torch's
own start, the signal fades on its way through sixteen layers. The other two never have it. No units are
left out (dropout), so that what is measured is the part that learns and nothing else.

Sources:
    K. Jarrett, K. Kavukcuoglu, M. Ranzato, Y. LeCun, "What is the best multi-stage architecture for
    object recognition?", ICCV 2009, https://doi.org/10.1109/ICCV.2009.5459469
    E. Hoffer, I. Hubara, D. Soudry, "Fix your classifier: the marginal value of training the last
    weight layer", ICLR 2018, https://arxiv.org/abs/1801.04540
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from models import classifying, lenet
from models.alexnet import AlexNet
from models.reading import Reading, Start, run_alone
from models.vgg import VGG16, spread

NETWORKS = ("LeNet-5", "AlexNet", "VGG-16")
LEARNS = ("all", "convolutions", "dense layers")
DIVISOR = 16
"""How many times narrower than published; LeNet-5 is whole."""


@dataclass(kw_only=True)
class Config(classifying.Config):
    """The knobs.

    Attributes:
        network: `LeNet-5`, `AlexNet` or `VGG-16`.
        learns: `all`, `convolutions` or `dense layers`; the rest stays as it was drawn.
        batch_norm: Whether each convolution of VGG-16 is followed by batch norm.
    """

    network: str = "VGG-16"
    learns: str = "all"
    batch_norm: bool = True
    learning_rate: float = 0.004
    epochs: int = 8

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        super().check()
        for name, known in (("network", NETWORKS), ("learns", LEARNS)):
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"{name} is {given!r}; it can be {', '.join(known)}.")


class TwoParts(nn.Module):
    """(n, 1, 32, 32) in, (n, 10) scores out: convolutions, and dense layers on top.

    Args:
        name: One of `NETWORKS`.
        batch_norm: Whether VGG-16 has it.
    """

    def __init__(self, name: str, batch_norm: bool = True) -> None:
        super().__init__()
        if name == "LeNet-5":
            layers = lenet.network()
            self.features, self.classifier = layers[:6], layers[6:]
            return
        whole = (
            AlexNet(divisor=DIVISOR, small=True, classes=10, dropout=0.0)
            if name == "AlexNet"
            else VGG16(batch_norm, DIVISOR, small=True, classes=10, dropout=0.0)
        )
        self.features = whole.features
        self.classifier = nn.Sequential(nn.Flatten(), *whole.classifier)

    def forward(self, x: Float[Tensor, "n 1 32 32"]) -> Float[Tensor, "n 10"]:
        """Scores."""
        found: Tensor = self.classifier(self.features(x))
        return found


def freeze(model: TwoParts, learns: str) -> None:
    """Leave one part as it was drawn: gradients pass through it, and do not move it."""
    model.features.requires_grad_(learns != "dense layers")
    model.classifier.requires_grad_(learns != "convolutions")


def weights(part: nn.Module, learning: bool = False) -> int:
    """How many parameters it has; or how many of them learn."""
    return sum(each.numel() for each in part.parameters() if each.requires_grad or not learning)


def train(config: Config) -> Iterator[Start | Reading]:
    """Learn the digits of 32x32 pixels, with a part of the network frozen.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    torch.manual_seed(config.seed)
    model = TwoParts(config.network, config.batch_norm)
    freeze(model, config.learns)
    yield from classifying.observe(model, config, look=spread)


if __name__ == "__main__":
    run_alone(train(Config(learns="convolutions")))
