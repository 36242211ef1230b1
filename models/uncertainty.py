"""How sure is it, and is it right to be? Dropout that stays on, and five opinions instead of one.

A softmax says 0.99 and may mean nothing by it. Two ways to get a better answer. MC dropout leaves
dropout on and asks fifty times: where the answers differ, it does not know. A deep ensemble asks
networks that differ only in their start. Both are judged by calibration (of all answers given with
0.9, are nine in ten right?) and by whether they get unsure at what is no digit at all.

    ECE = sum over bins of share of answers in it * |accuracy - mean confidence|

They get unsure at noise and letters, and hardly at digits that lie on their side: nobody taught them
what "unlike everything" looks like.

Sources:
    Y. Gal and Z. Ghahramani, "Dropout as a Bayesian approximation: representing model uncertainty
    in deep learning", ICML 2016, https://arxiv.org/abs/1506.02142
    B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and scalable predictive uncertainty
    estimation using deep ensembles", NIPS 2017, https://arxiv.org/abs/1612.01474
    C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On calibration of modern neural networks", ICML
    2017, https://arxiv.org/abs/1706.04599
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.autoencoder import auroc
from models.data.digits import splits
from models.data.glyphs import glyphs
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

BINS, ASKED = 10, 50
"""Bins of the calibration; how often MC dropout asks."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        members: Networks of the ensemble.
        dropout: Share of units that is left out, in training and by MC dropout.
        learning_rate: Adam's. Live.
        epochs: Passes of each member over the training images.
    """

    members: int = 5
    dropout: float = 0.3
    learning_rate: float = 2e-3
    epochs: int = 30


def network(dropout: float) -> nn.Sequential:
    """(n, 1, 8, 8) to (n, 10) logits."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Dropout(dropout), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(dropout)),
        nn.Linear(64, 10),
    )


def entropy(chances: Float[Tensor, "n classes"]) -> Float[Tensor, " n"]:
    """How unsure each answer is, in nats: 0 for certain, ln(classes) for no idea."""
    return -torch.xlogy(chances, chances).sum(1)


def calibration(
    chances: Float[Tensor, "n classes"], labels: Int[Tensor, " n"], bins: int = BINS
) -> Float[Tensor, "bins 3"]:
    """For each bin of confidence: share of answers, accuracy, mean confidence; 0 where it is empty."""
    sure, answers = chances.max(1)
    place = (sure * bins).ceil().long().clamp(1, bins) - 1
    right = (answers == labels).float()
    columns = torch.stack([torch.ones_like(sure), right, sure], 1)
    sums = torch.zeros(bins, 3, device=sure.device).index_add(0, place, columns)
    counts = sums[:, :1]
    return torch.cat([counts / len(sure), sums[:, 1:] / counts.clamp(min=1)], 1)


def ece(
    chances: Float[Tensor, "n classes"], labels: Int[Tensor, " n"], bins: int = BINS
) -> Float[Tensor, ""]:
    """The expected calibration error, from 0 to 1."""
    share, accuracy, confidence = calibration(chances, labels, bins).unbind(1)
    return (share * (accuracy - confidence).abs()).sum()


@torch.no_grad()
def by_dropout(
    model: nn.Module, images: Float[Tensor, "n 1 8 8"], times: int = ASKED
) -> Float[Tensor, "n 10"]:
    """The mean answer of so many networks that dropout makes of one."""
    was = model.training
    model.train()
    answers = torch.stack([model(images).softmax(1) for _ in range(times)])
    model.train(was)
    return answers.mean(0)


@torch.no_grad()
def by_members(
    members: list[nn.Sequential], images: Float[Tensor, "n 1 8 8"]
) -> Float[Tensor, "n 10"]:
    """The mean answer of several networks, none with dropout."""
    return torch.stack([member.eval()(images).softmax(1) for member in members]).mean(0)


def strangers(images: Float[Tensor, "n 1 8 8"]) -> dict[str, Float[Tensor, "m 1 8 8"]]:
    """What is no digit: made-up glyphs, noise, ink for paper, and digits lying on their side."""
    drawn = functional.avg_pool2d(glyphs(50, 9, seed=7).flatten(0, 1)[:, None], 2)
    noise = torch.rand(images.shape, generator=torch.Generator().manual_seed(7))
    return {
        "glyphs": (drawn / drawn.amax((2, 3), keepdim=True)).to(images.device),
        "noise": noise.to(images.device),
        "inverted": 1 - images,
        "lying": torch.rot90(images, 1, (2, 3)),
    }


def judge(
    members: list[nn.Sequential], images: Tensor, labels: Tensor
) -> tuple[dict[str, float | Tensor], Picture]:
    """All three on the test images and the strangers; and how calibrated one and all are."""
    ways = {
        "one": lambda seen: by_members(members[:1], seen),
        "dropout": lambda seen: by_dropout(members[0], seen),
        "ensemble": lambda seen: by_members(members, seen),
    }
    found: dict[str, float | Tensor] = {}
    lines = []
    for name, answer in ways.items():
        chances = answer(images)
        found[f"test/accuracy, {name}"] = (chances.argmax(1) == labels).float().mean()
        found[f"test/ECE, {name}"] = ece(chances, labels)
        usual = entropy(chances)
        for kind, strange in strangers(images).items():
            scores = torch.cat([usual, entropy(answer(strange))])
            odd = torch.arange(len(scores), device=scores.device) >= len(usual)
            found[f"test/{kind}, {name}"] = auroc(scores, odd)
        lines.append(calibration(chances, labels)[:, 1])
    even = torch.linspace(0.05, 0.95, BINS, device=images.device)
    caption = "accuracy by confidence, from 0 to 1; calibrated is the straight line"
    data = torch.stack([even, lines[0], lines[2]])
    return found, Picture("lines", data, caption, ("calibrated", "one network", "ensemble"))


def train(config: Config) -> Iterator[Start | Reading]:
    """Member after member, on one group of writers; judged on images by others.

    `test/glyphs, ensemble` and the like are AUROCs of the entropy: how well one tells a stranger from
    a digit by how unsure the answer is; 0.5 is a coin.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    data, _, test = (part.to(config.device) for part in splits(writers=True))
    images = data.images[:, None]
    members = [network(config.dropout).to(config.device) for _ in range(config.members)]
    batches = Shuffle(len(images), 32, generator)
    each = config.epochs * batches.per_epoch
    total = config.members * each
    yield Start(
        total_steps=total, samples_per_step=32, steps_per_epoch=batches.per_epoch,
        model=members[0], example=images[:32],
    )  # fmt: skip
    for step in range(total):
        model = members[step // each]
        if step % each == 0:
            optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
        batch = batches.draw()
        loss = functional.cross_entropy(model(images[batch]), data.labels[batch])
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step + 1, {f"train/loss {step // each + 1}": loss.detach()})
        if step == total - 1:
            found, now.pictures["calibration"] = judge(members, test.images[:, None], test.labels)
            now.scalars.update(found)
        yield now


if __name__ == "__main__":
    run_alone(train(Config()), every=1050)
