"""The next character of Python's manual: the loss that is reached, and what it cost in numbers."""

import sys
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from models.contest import Config, built, descend, entry, readings
from models.data.manual import characters, halves, windows
from models.reading import Reading, Start, run_alone

CONTEXT = 64
"""Characters that a network reads at once."""


def train(config: Config) -> Iterator[Start | Reading]:
    """Train the network of the learner's file.

    The network gets (n, 64) codes of characters, of which there are 103, and answers
    (n, 64, 103) logits. What stands at a place may look at that place and those before it only.
    """
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    theirs = entry(config)
    known, held_out = (part.to(config.device) for part in halves())
    asked, more = (
        windows(held_out, count, CONTEXT + 1, torch.Generator().manual_seed(seed))
        for count, seed in ((40, 1), (200, 2))
    )
    kinds = len(characters())
    model = built(theirs, "manual", asked[:2, :-1], (2, CONTEXT, kinds))
    if looks_ahead(model, asked[:2, :-1]):
        raise ValueError(
            "Your network looks at characters that come later than the one it foretells."
        )

    def loss_of() -> Tensor:
        batch = windows(known, 16, CONTEXT + 1, generator)
        return text_loss(model, batch)

    for now in readings(descend(config, model, asked[:16, :-1], loss_of), model):
        if isinstance(now, Reading) and (now.step % 100 == 0 or now.step == config.steps):
            with torch.no_grad():
                now.scalars["valid/loss"] = text_loss(model, asked)
                if now.step == config.steps:
                    now.scalars["test/loss"] = text_loss(model, more)
        yield now


def text_loss(model: nn.Module, tokens: Tensor) -> Float[Tensor, ""]:
    """Cross-entropy in nats a character."""
    logits = model(tokens[:, :-1])
    return functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


@torch.no_grad()
def looks_ahead(model: nn.Module, tokens: Tensor) -> bool:
    """Whether an answer changes with a character that comes later."""
    model.eval()
    half = tokens.shape[1] // 2
    other = tokens.clone()
    other[:, half:] = (other[:, half:] + 1) % int(tokens.max() + 1)
    return not torch.allclose(model(tokens)[:, :half], model(other)[:, :half], atol=1e-4)


if __name__ == "__main__":
    run_alone(train(Config(learner=sys.argv[1])), every=100)
