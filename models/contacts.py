"""Who touches whom, read from a family's spelling mistakes: contacts from co-evolution.

Where two residues touch, a change of one is often answered by a change of the other, or the protein would
not hold. So columns of an alignment that change together hint at contacts. The covariance of the columns
shows it, buried under what relatives share because they are relatives; APC takes the mean of row
and column away. A small convolutional network sees the covariances as a picture and learns what a
contact looks like in it.

This is the first half of AlphaFold in small, as of 2018. AlphaFold2 lets attention work on the alignment itself.

Sources:
    S. D. Dunn, L. M. Wahl and G. B. Gloor, "Mutual information without the influence of phylogeny
    or entropy dramatically improves residue contact prediction", Bioinformatics 24(3):333-340,
    2008, https://doi.org/10.1093/bioinformatics/btm604 (APC)
    A. W. Senior et al., "Improved protein structure prediction using potentials from deep
    learning", Nature 577:706-710, 2020, https://doi.org/10.1038/s41586-019-1923-7
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from models import reading
from models.protein import LETTERS, alignment, apart
from models.reading import Picture, Reading, Start, run_alone
from models.resuming import Shuffle, set_rate

RESIDUES, TRAIN, TEST = 32, 200, 60
APART, TOP = 8, 10
"""Pairs nearer along the chain touch in every helix and say nothing; of the rest the surest ten count."""


@dataclass(kw_only=True)
class Config(reading.Config):
    """The knobs.

    Attributes:
        depth: Relatives in each alignment.
        coupling: How often a change is answered, at the most.
        shuffled: Whether each protein gets the covariances of another: a control.
        learning_rate: Adam's. Live.
        epochs: Passes over the 200 families.
    """

    depth: int = 60
    coupling: float = 0.6
    shuffled: bool = False
    learning_rate: float = 2e-3
    epochs: int = 12


def strength(
    family: Int[Tensor, "depth n"],
) -> tuple[Float[Tensor, "n n"], Float[Tensor, "channels n n"]]:
    """How strongly columns change together, and the covariances of every letter with every other.

    The strength is the norm over the 16 covariances of a pair; a column with itself counts 0.
    """
    depth, n = family.shape
    shown = functional.one_hot(family, LETTERS).float().reshape(depth, -1)
    shown = shown - shown.mean(0)
    covariance = (shown.T @ shown / depth).reshape(n, LETTERS, n, LETTERS).permute(1, 3, 0, 2)
    norm = covariance.square().sum((0, 1)).sqrt().fill_diagonal_(0)
    return norm, covariance.reshape(-1, n, n)


def apc(strength: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
    """The strength without what row and column have anyway: the average product correction."""
    return strength - strength.mean(0)[:, None] * strength.mean(1) / strength.mean()


def channels(family: Int[Tensor, "depth n"]) -> Float[Tensor, "19 n n"]:
    """What the network sees: covariances, APC, strength, and how far apart along the chain."""
    norm, covariance = strength(family)
    rest = [apc(norm) * 5, norm * 5, apart(len(norm)) / len(norm)]
    return torch.cat([covariance * 5, torch.stack(rest)])


class ContactNet(nn.Module):
    """(n, 19, residues, residues) to (n, residues, residues) logits, the same from both sides."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.enter = nn.Conv2d(19, hidden, 1)
        # Growing dilation: each pair sees others ever farther away.
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(hidden),
                nn.ReLU(),
                nn.Conv2d(hidden, hidden, 3, padding=dilation, dilation=dilation),
            )
            for dilation in (1, 2, 4, 1)
        )
        self.leave = nn.Conv2d(hidden, 1, 1)

    def forward(self, seen: Float[Tensor, "n 19 r r"]) -> Float[Tensor, "n r r"]:
        """The logit of each pair."""
        x = self.enter(seen)
        for block in self.blocks:
            x = x + block(x)
        logits = self.leave(functional.relu(x))[:, 0]
        return (logits + logits.transpose(1, 2)) / 2


def far() -> Bool[Tensor, "r r"]:
    """The pairs that count: each once, and far enough apart along the chain."""
    return torch.ones(RESIDUES, RESIDUES, dtype=torch.bool).triu(APART)


def precision(scores: Float[Tensor, "n r r"], touching: Bool[Tensor, "n r r"]) -> float:
    """The share of real contacts among each protein's ten surest pairs, in the mean."""
    mask = far().to(scores.device)
    top = scores[:, mask].topk(TOP, dim=1).indices
    return float(touching[:, mask].gather(1, top).float().mean())


def families(
    config: Config, count: int, generator: torch.Generator
) -> tuple[Float[Tensor, "n 19 r r"], Bool[Tensor, "n r r"]]:
    """So many proteins with at least ten contacts to be found."""
    seen, contacts = [], []
    while len(seen) < count:
        family, touching = alignment(RESIDUES, generator, config.depth, config.coupling)
        if touching[far()].sum() >= TOP:
            seen.append(channels(family))
            contacts.append(touching)
    return torch.stack(seen), torch.stack(contacts)


def train(config: Config) -> Iterator[Start | Reading]:
    """Epoch after epoch over the families, 8 a step; a contact counts five times as much as none.

    At the end, on 60 new families: `test/precision` of the network, beside that of APC, of the bare
    strength, and of knowing only how common contacts are at each separation.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    seen, touching = (each.to(config.device) for each in families(config, TRAIN + TEST, generator))
    common = touching[:TRAIN].float().mean(0)
    if config.shuffled:
        order = torch.randperm(TRAIN + TEST, generator=generator).to(config.device)
        seen[:, :-1] = seen[order, :-1]
    model = ContactNet().to(config.device)
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate)
    batches = Shuffle(TRAIN, 8, generator)
    total = config.epochs * batches.per_epoch
    yield Start(
        total_steps=total, samples_per_step=8, steps_per_epoch=batches.per_epoch, model=model,
        optimizer=optimizer, example=seen[:8],
    )  # fmt: skip
    mask, weight = far().to(config.device), torch.tensor(5.0, device=config.device)
    held_out, truth = seen[TRAIN:], touching[TRAIN:]
    for step in range(1, total + 1):
        batch = batches.draw()
        loss = functional.binary_cross_entropy_with_logits(
            model(seen[batch])[:, mask], touching[batch][:, mask].float(), pos_weight=weight
        )
        set_rate(optimizer, config.learning_rate)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = Reading(step, {"train/loss": loss.detach()})
        if step % batches.per_epoch == 0:
            said = answers(model, held_out)
            maps = torch.stack([truth[0].float(), said[0].sigmoid(), normal(held_out[0, 16])])
            caption = "a new protein: its contacts, the network's, and APC's"
            now.pictures["contacts"] = Picture("image_grid", maps[None], caption)
            if step == total:
                now.scalars["test/precision"] = precision(said, truth)
                now.scalars["test/APC"] = precision(held_out[:, 16], truth)
                now.scalars["test/strength"] = precision(held_out[:, 17], truth)
                now.scalars["test/separation"] = precision(common.expand_as(truth), truth)
        yield now


@torch.no_grad()
def answers(model: nn.Module, seen: Tensor) -> Tensor:
    """The logits of proteins, with batch norm as it was learned."""
    model.eval()
    said = model(seen)
    model.train()
    return said


def normal(scores: Float[Tensor, "r r"]) -> Float[Tensor, "r r"]:
    """Scores from 0 to 1."""
    return (scores - scores.min()) / (scores.max() - scores.min() + 1e-9)


if __name__ == "__main__":
    run_alone(train(Config()), every=50)
