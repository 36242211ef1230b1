"""ResNet-50: a shortcut around every three layers, so that depth costs nothing.

A layer that has nothing to add has to learn to copy, and deep stacks are bad at it: 56 plain layers did
worse than 20, on the training data too. With a shortcut around it, it only has to learn to say 0. Each
block narrows to a quarter (1x1), looks around (3x3), and widens again (1x1), cheaper than two wide
3x3; the whole of it are four stages of 3, 4, 6 and 3 blocks, each of half the side and twice the width.

The stride stands in the 3x3, where the paper has it in the first 1x1 ("version 1.5"): so do the weights
that are published most.

Source:
    K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016,
    https://arxiv.org/abs/1512.03385
"""

from pathlib import Path

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models import pretrained

STAGES = (3, 4, 6, 3)
WIDEN = 4


class Block(nn.Module):
    """Narrow, look around, widen; and what came in, added.

    Args:
        before: Maps that come in.
        width: Maps in the middle; four times as many go out.
        stride: Of the 3x3; 2 halves the side.
    """

    def __init__(self, before: int, width: int, stride: int = 1) -> None:
        super().__init__()
        after = WIDEN * width
        self.narrow, self.norm1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.look = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.widen, self.norm3 = nn.Conv2d(width, after, 1, bias=False), nn.BatchNorm2d(after)
        # Where the shapes differ, the shortcut has to change them as well.
        same = before == after and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )
        )

    def forward(self, x: Float[Tensor, "n before h w"]) -> Float[Tensor, "n after h2 w2"]:
        """What came in, and what there is to add."""
        added = functional.relu(self.norm1(self.narrow(x)))
        added = functional.relu(self.norm2(self.look(added)))
        return functional.relu(self.norm3(self.widen(added)) + self.shortcut(x))


def network(divisor: int = 1, classes: int = 1000) -> nn.Sequential:
    """(n, 3, 224, 224) pictures in, (n, classes) logits out; 25,557,032 parameters at full size.

    Args:
        divisor: How many times narrower, 1 to 16.
        classes: Kinds of thing.
    """
    width = 64 // divisor
    stem = (nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU())
    blocks: list[nn.Module] = []
    before = width
    for stage, count in enumerate(STAGES):
        for i in range(count):
            blocks.append(Block(before, width * 2**stage, 2 if stage and not i else 1))
            before = WIDEN * width * 2**stage
    end = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))
    return nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1), *blocks, *end)


def from_pretrained(folder: Path | str) -> nn.Sequential:
    """The full network with torchvision's published weights, from a folder.

    Raises:
        FileNotFoundError: There are no weights.
        ValueError: They are of another network, or the file holds more than tensors.
    """
    model = network()
    tensors = pretrained.read(folder)
    pretrained.load(model, tensors, pretrained.torchvision_names(model, "resnet50"))
    return model.eval()
