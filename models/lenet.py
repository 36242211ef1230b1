"""LeNet-5, the network that read cheques: seven layers, 60,000 parameters, digits of 32x32 pixels.

    C1  6 maps of 28x28    a 5x5 convolution                                       156 parameters
    S2  6 maps of 14x14    2x2 pixels become one                                    12
    C3  16 maps of 10x10   a 5x5 convolution; each map sees some of S2's         1,516
    S4  16 maps of 5x5     2x2 pixels become one                                    32
    C5  120 units          a 5x5 convolution of 5x5 pixels: all of them         48,120
    F6  84 units           fully connected                                      10,164
    out 10 logits          fully connected                                         850

`style="1998"` builds the layers as the paper has them: C3 with its table of connections, so that
maps differ because they see different things; S2 and S4 that add four pixels, with one weight and
one bias a map; 1.7159 tanh(2x/3) after every layer. Those are the paper's 60,000 parameters.

`style="modern"` is what people mean by LeNet today: ReLU, the greatest of four pixels in S2 and S4
(no parameters), and a C3 that sees all of S2 (2,416 parameters); 61,706 with the output.

Ours in both: the output is ten logits and a softmax with cross entropy, where the paper measures
distances to ten drawn figures (radial basis functions) with a loss of its own; the optimisers are
today's, where the paper scales each weight's step by its second derivative; no image is distorted.

Sources:
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11):2278-2324, 1998, https://doi.org/10.1109/5.726791
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import fast, reading
from models.data.mnist import Split, splits
from models.mlp import DIGITS, accuracy, confusion
from models.reading import Picture, Reading, Start, run_alone

PAPER, INK = -0.1, 1.175
"""What a white and a black pixel are to the network, so that their mean is about 0, variance 1."""

SEES = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)
"""Table I of the paper: the maps of S2 that each of the 16 maps of C3 sees."""

STYLES, SCHEDULES = ("1998", "modern"), ("constant", "one-cycle")


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        style: `1998` or `modern`.
        optimiser: `sgd`, `momentum` (0.9) or `adam`.
        learning_rate: Size of a step; of the greatest one where it has a schedule. Live.
        schedule: `constant`, or `one-cycle`: up from 0 in three tenths of the steps, down to 0.
        batch_size: Images whose mean gradient makes a step.
        epochs: Passes over the training images.
    """

    style: str = "modern"
    optimiser: str = "adam"
    learning_rate: float = 0.01
    schedule: str = "one-cycle"
    batch_size: int = 64
    epochs: int = 2

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        choices = {"style": STYLES, "optimiser": fast.OPTIMISERS, "schedule": SCHEDULES}
        for name, known in choices.items():
            if (given := getattr(self, name)) not in known:
                raise ValueError(f"The {name} is {given!r}; it can be {', '.join(known)}.")
        for name in ("batch_size", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it has to be at least 1.")


# --- the layers of 1998 -----------------------------------------------------------------------


class Squash(nn.Module):
    """1.7159 tanh(2x/3): goes through (1, 1) and (-1, -1), where it curves most (appendix A)."""

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Each number squashed into ±1.7159."""
        return 1.7159 * torch.tanh(2 / 3 * x)


class Subsample(nn.Module):
    """The sum of 2x2 pixels, times a weight of the map, plus a bias of the map."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((maps,), 0.25))
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, x: Float[Tensor, "n maps h w"]) -> Float[Tensor, "n maps h/2 w/2"]:
        """Maps of half the height and width."""
        weight, bias = (each[:, None, None] for each in (self.weight, self.bias))
        return 4 * weight * functional.avg_pool2d(x, 2) + bias


class PartialConvolution(nn.Module):
    """A convolution in which each map sees only some maps of the layer below.

    Args:
        maps_in: Maps of the layer below.
        sees: For each map, which of them it sees.
        size: Side of the kernels.
    """

    source: Tensor
    target: Tensor

    def __init__(self, maps_in: int, sees: tuple[tuple[int, ...], ...], size: int) -> None:
        super().__init__()
        pairs = [(map_, seen) for map_, all_seen in enumerate(sees) for seen in all_seen]
        target, source = torch.tensor(pairs).T
        self.register_buffer("target", target, persistent=False)
        self.register_buffer("source", source, persistent=False)
        self.shape = (len(sees), maps_in, size, size)
        self.kernels = nn.Parameter(torch.empty(len(pairs), size, size))
        self.bias = nn.Parameter(torch.zeros(len(sees)))
        fan_in = size**2 * torch.tensor([len(all_seen) for all_seen in sees])[target]
        with torch.no_grad():
            self.kernels.uniform_(-1, 1).mul_((2.4 / fan_in)[:, None, None])

    def forward(self, x: Float[Tensor, "n maps_in h w"]) -> Float[Tensor, "n maps h2 w2"]:
        """As a convolution whose kernels are 0 where there is no connection."""
        weight = self.kernels.new_zeros(self.shape)
        weight = weight.index_put((self.target, self.source), self.kernels)
        return functional.conv2d(x, weight, self.bias)


def network(style: str = "modern") -> nn.Sequential:
    """The network: (images, 1, 32, 32) in, (images, 10) logits out."""
    if style == "modern":
        return nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 120, 5), nn.ReLU(), nn.Flatten()),
            *(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5), Squash(), Subsample(6), Squash()),
        *(PartialConvolution(6, SEES, 5), Squash(), Subsample(16), Squash()),
        *(nn.Conv2d(16, 120, 5), Squash(), nn.Flatten()),
        *(nn.Linear(120, 84), Squash(), nn.Linear(84, 10)),
    )
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            # The paper's start: uniform within 2.4 over the number of inputs.
            bound = 2.4 / layer.weight[0].numel()
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.zeros_(layer.bias)
    return model


# --- the run ----------------------------------------------------------------------------------


def prepare(images: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n 1 32 32"]:
    """Two more pixels of paper on every side, and the paper's range of values."""
    wide = functional.pad(images, (2, 2, 2, 2))
    return (PAPER + (INK - PAPER) * wide).contiguous(memory_format=fast.LAYOUT)


@torch.no_grad()
def predict(model: nn.Module, images: Float[Tensor, "n 1 32 32"]) -> Int[Tensor, " n"]:
    """The digit with the greatest logit, for each image; in parts that fit a cache."""
    return torch.cat([model(part).argmax(1) for part in images.split(500)])


def pictures(model: nn.Sequential, answers: Tensor, labels: Tensor) -> dict[str, Picture]:
    """What an epoch ends with: what is taken for what, and what C1 looks for."""
    counts = confusion(answers, labels)
    caption = f"validation: {int(counts.trace())} of {len(labels)} right"
    kernels = model[0].weight.detach()[None, :, 0]
    low, high = kernels.min(), kernels.max()
    return {
        "confusion": Picture("confusion", counts, caption, labels=DIGITS),
        "C1": Picture("image_grid", (kernels - low) / (high - low), "the six 5x5 kernels of C1"),
    }


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch in a new random order, a step for each mini-batch.

    `train/loss` is that of the mini-batch before its step; `valid/accuracy` comes at the end of
    each epoch, `test/accuracy` once, at the end.

    Raises:
        ValueError: A knob makes no sense.
        FileNotFoundError: `DLWALK_DATA` names a folder without MNIST in it.
    """
    config.check()
    device = config.device
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    fast.tensor_cores(device)
    data, valid, test = (Split(prepare(part.images), part.labels) for part in splits(device))
    model = network(config.style).to(device, memory_format=fast.LAYOUT)
    optimizer = fast.optimiser(config.optimiser, model.parameters(), config.learning_rate, device)
    count = len(data.labels)
    steps_per_epoch = math.ceil(count / config.batch_size)
    total = config.epochs * steps_per_epoch
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=steps_per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
    )
    step = 0
    for _ in range(config.epochs):
        for batch in fast.batches(count, config.batch_size, generator, device):
            share = 1.0 if config.schedule == "constant" else fast.one_cycle((step + 0.5) / total)
            for group in optimizer.param_groups:
                group["lr"] = share * config.learning_rate
            step += 1
            with fast.mixed(device):
                loss = functional.cross_entropy(model(data.images[batch]), data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            now = Reading(step, {"train/loss": loss.detach()})
            if step % steps_per_epoch == 0:
                answers = predict(model, valid.images)
                now.scalars["valid/accuracy"] = accuracy(answers, valid.labels)
                now.pictures.update(pictures(model, answers, valid.labels))
            if step == total:
                now.scalars["test/accuracy"] = accuracy(predict(model, test.images), test.labels)
            yield now


if __name__ == "__main__":
    run_alone(train(Config()))
