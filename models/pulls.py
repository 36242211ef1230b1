"""Pulls: losses over the probability of the label, and how hard each pulls at it.

What trains is not the loss but its slope by the logits. For two classes p alone tells everything: the
logits are ln p and ln(1 - p), and the slope by the label's is what a step has to go by.

Source:
    P. Golik, P. Doetsch, H. Ney, "Cross-entropy vs. squared error training: a theoretical and
    experimental comparison", Interspeech 2013, https://doi.org/10.21437/Interspeech.2013-436
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from models.reading import Picture

POINTS = 49
"""Of each curve, over p from 0.02 to 0.98."""


@dataclass(frozen=True)
class Curves:
    """Some losses over p.

    Attributes:
        names: What they are called.
        heights: Each loss.
        pulls: Minus its slope by the label's logit.
    """

    names: tuple[str, ...]
    heights: Float[Tensor, "losses points"]
    pulls: Float[Tensor, "losses points"]

    @classmethod
    def of(cls, losses: Mapping[str, Callable[[Tensor, Tensor], Tensor]]) -> "Curves":
        """Those of some losses, each of logits and labels, by their names."""
        p = torch.linspace(0.02, 0.98, POINTS)
        logits = torch.stack([p.log(), (1 - p).log()], 1).requires_grad_()
        label = torch.zeros(1, dtype=torch.long)
        heights, pulls = [], []
        for loss in losses.values():
            each = torch.stack([loss(row[None], label) for row in logits])
            (slope,) = torch.autograd.grad(each.sum(), logits)
            heights.append(each.detach())
            pulls.append(-slope[:, 0])
        return cls(tuple(losses), torch.stack(heights), torch.stack(pulls))

    def pictures(self, name: str, p: float) -> dict[str, Picture]:
        """All curves, and a short bar on that loss's where p is now."""
        # A network that has diverged has a p of nan, which is shown where p is 0.
        now = (p - 0.02) / 0.96 * (POINTS - 1) if p == p else 0.0
        here = min(max(round(now), 0), POINTS - 1)
        shown = {}
        for title, lines in (("loss", self.heights), ("pull", self.pulls)):
            bar = torch.full((1, POINTS), torch.nan)
            bar[0, max(here - 1, 0) : here + 2] = lines[self.names.index(name), here]
            caption = f"{title} by the label's p, 0.02 to 0.98; now {p:.2f}"
            shown[title] = Picture("lines", torch.cat([lines, bar]), caption, (*self.names, "now"))
        return shown
