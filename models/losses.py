"""Three ways to say how wrong an answer is: cross-entropy, squared error, hinge.

The network gives ten scores (logits) for a digit; softmax turns them into probabilities. With p the
probability of the label, z its logit and r the best logit among the others:

    cross-entropy   -ln p: nothing for p = 1, without bound as p goes to 0
    squared error   the squares of what each probability is off, summed: 2 at most
    hinge           max(0, 1 - (z - r)): nothing once the label is ahead by 1

What trains is not the loss but its slope by the logits. Cross-entropy's is p - 1 for the label: the
more wrong, the harder it pulls. The squared error's is that times about p: an answer that is wrong
and sure (p near 0) is hardly pulled at all. Hinge pulls by 1 or not at all.

Knobs that go wrong on purpose: `prejudice` makes the network begin sure that every image is an 8;
`noise` gives some training images another label. `smoothing` asks for a little less than certainty.
Every loss is the mean over the mini-batch.

Sources:
    G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
    Review 78(1):1-3, 1950, https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    K. Crammer and Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector
    machines", JMLR 2:265-292, 2001, https://www.jmlr.org/papers/v2/crammer01a.html
    C. Szegedy and others, "Rethinking the Inception architecture for computer vision", CVPR 2016,
    https://arxiv.org/abs/1512.00567 (label smoothing, section 7)
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from models import fast, reading
from models.data.digits import Split, splits
from models.mlp import network
from models.pulls import Curves
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import set_rate

CLASSES = 10

FAVOURITE = 8
"""The digit that prejudice is for."""

BINS = 10
"""Of the histogram of confidences."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        loss: `cross-entropy`, `squared error` or `hinge`.
        prejudice: Head start of the 8: by so much its logit is above the others before training.
        noise: Share of the training images with a wrong label.
        smoothing: Share of the target that is spread evenly over the ten digits. Not for hinge.
        learning_rate: Size of a step of plain SGD. Live.
        batch_size: Images in a step; the last of an epoch may have fewer.
        epochs: Passes over the 1,097 training images.
        pause: Seconds to wait in the course of each epoch, so that an eye can follow. Live.
    """

    loss: str = "cross-entropy"
    prejudice: float = 0.0
    noise: float = 0.0
    smoothing: float = 0.0
    learning_rate: float = 0.1
    batch_size: int = 32
    epochs: int = 30
    pause: float = 0.0

    def check(self) -> None:
        """Raise ValueError unless every knob makes sense."""
        if self.loss not in LOSSES:
            raise ValueError(f"The loss is {self.loss!r}; it can be {', '.join(LOSSES)}.")
        for name in ("noise", "smoothing"):
            if not 0 <= (given := getattr(self, name)) < 1:
                raise ValueError(f"{name} is {given}; it has to be from 0 to below 1.")
        if self.smoothing and self.loss == "hinge":
            raise ValueError("Hinge has no target to smooth: set smoothing to 0.")
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; it has to be at least 1.")


def log_softmax(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]:
    """The logarithms of the probabilities, for logits of any size.

    ln(e^z / sum e^z) is z - ln(sum e^z), and taking the greatest z off all of them first changes
    nothing but that no power can overflow.
    """
    shifted = logits - logits.max(1, keepdim=True).values
    return shifted - shifted.exp().sum(1, keepdim=True).log()


def targets(
    labels: Int[Tensor, " batch"], classes: int, smoothing: float
) -> Float[Tensor, "batch classes"]:
    """What the probabilities should be: 1 for the label, less what is spread over all classes."""
    one_hot = (labels[:, None] == torch.arange(classes, device=labels.device)).float()
    return (1 - smoothing) * one_hot + smoothing / classes


def cross_entropy(
    logits: Float[Tensor, "batch classes"], labels: Int[Tensor, " batch"], smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """The mean of -ln p over the targets."""
    wanted = targets(labels, logits.shape[1], smoothing)
    return -(wanted * log_softmax(logits)).sum(1).mean()


def squared_error(
    logits: Float[Tensor, "batch classes"], labels: Int[Tensor, " batch"], smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """The squares of what each probability is off, summed over the classes: Brier's score."""
    wanted = targets(labels, logits.shape[1], smoothing)
    return (log_softmax(logits).exp() - wanted).square().sum(1).mean()


def hinge(
    logits: Float[Tensor, "batch classes"], labels: Int[Tensor, " batch"], smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """How much the label's logit lacks to be 1 above the best of the others; never below 0."""
    label = logits.gather(1, labels[:, None])
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return (1 - label + others.max(1, keepdim=True).values).clamp_min(0).mean()


LOSSES = {"cross-entropy": cross_entropy, "squared error": squared_error, "hinge": hinge}
"""By the name that the knob gives them."""


def spoil(
    labels: Int[Tensor, " images"], share: float, generator: torch.Generator
) -> Int[Tensor, " images"]:
    """The labels, that share of them exchanged for one of the nine others."""
    count = round(share * len(labels))
    chosen = torch.randperm(len(labels), generator=generator)[:count]
    off = torch.randint(1, CLASSES, (count,), generator=generator)
    return labels.index_put((chosen,), (labels[chosen] + off) % CLASSES)


@torch.no_grad()
def prejudiced(head_start: float) -> nn.Sequential:
    """The network of `models.mlp`, the logit of one digit raised from the start."""
    model = network()
    model[-1].bias[FAVOURITE] += head_start
    return model


@torch.no_grad()
def measure(model: nn.Module, split: Split, name: str) -> dict[str, Tensor]:
    """How often it is right, how sure it is, and its cross-entropy, whatever it was trained on."""
    logs = log_softmax(model(split.images))
    sure, answers = logs.max(1)
    return {
        f"{name}/accuracy": (answers == split.labels).float().mean(),
        f"{name}/confidence": sure.exp().mean(),
        f"{name}/cross-entropy": -logs.gather(1, split.labels[:, None]).mean(),
    }


@torch.no_grad()
def confidences(model: nn.Module, split: Split) -> Picture:
    """How many images it gives its answer with which probability."""
    sure = log_softmax(model(split.images)).exp().max(1).values
    counts = torch.histc(sure, BINS, 0, 1).cpu()
    data = torch.stack([torch.arange(BINS) / BINS, counts], 1)
    return Picture("histogram", data, "validation images by the probability of the answer")


def look(
    model: nn.Module, valid: Split, name: str, curves: Curves
) -> tuple[dict[str, Tensor], dict[str, Picture]]:
    """What an epoch ends with. Its p is e to minus the cross-entropy, the labels' geometric mean."""
    scalars = measure(model, valid, "valid")
    p = float((-scalars["valid/cross-entropy"]).exp())
    return scalars, {"confidence": confidences(model, valid)} | curves.pictures(name, p)


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch in a new random order, a step for each mini-batch.

    `train/loss` is in the loss's own unit; `train/p` is the mean probability that the mini-batch's
    labels were given; `valid/...` come once an epoch, `test/...` once, at the end. Neither has
    wrong labels.

    Raises:
        ValueError: A knob makes no sense.
    """
    config.check()
    device, generator = config.device, torch.Generator().manual_seed(config.seed)
    torch.manual_seed(config.seed)
    clean, valid, test = splits()
    data = Split(clean.images, spoil(clean.labels, config.noise, generator)).to(device)
    valid, test = valid.to(device), test.to(device)
    model = prejudiced(config.prejudice).to(device)
    optimizer = fast.optimiser("sgd", model.parameters(), config.learning_rate, device)
    loss_of, curves = LOSSES[config.loss], Curves.of(LOSSES)
    per_epoch = -(-len(data.labels) // config.batch_size)
    total, step = config.epochs * per_epoch, 0
    yield Start(
        total_steps=total,
        samples_per_step=config.batch_size,
        steps_per_epoch=per_epoch,
        model=model,
        optimizer=optimizer,
        example=data.images[: config.batch_size],
    )
    yield Reading(0, *look(model, valid, config.loss, curves))
    while step < total:
        for batch in fast.batches(len(data.labels), config.batch_size, generator, device):
            step += 1
            set_rate(optimizer, config.learning_rate)
            logits, labels = model(data.images[batch]), data.labels[batch]
            loss = loss_of(logits, labels, config.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            p = logits.detach().softmax(1).gather(1, labels[:, None]).mean()
            now = Reading(step, {"train/loss": loss.detach(), "train/p": p})
            if step % per_epoch == 0:
                scalars, pictures = look(model, valid, config.loss, curves)
                now.scalars.update(scalars)
                now.pictures.update(pictures)
            if step == total:
                now.scalars.update(measure(model, test, "test"))
            yield now
            time.sleep(config.pause / per_epoch)


if __name__ == "__main__":
    run_alone(train(Config()))
