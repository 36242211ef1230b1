"""Holes for a masked language model, and a contrastive loss."""

import torch
from torch.nn import functional


def hide(tokens, mask, kinds, generator, share=0.15):
    """Tokens with holes, and what is to be said."""
    chosen = torch.rand(tokens.shape, generator=generator) < share
    how = torch.rand(tokens.shape, generator=generator)
    drawn = torch.randint(kinds, tokens.shape, generator=generator)
    shown = torch.where(chosen & (how < 0.8), mask, tokens)
    shown = torch.where(chosen & (how >= 0.9), drawn, shown)
    return shown, tokens


def info_nce(one, other, temperature):
    """The contrastive loss: whose is whose, both ways."""
    one, other = functional.normalize(one, dim=1), functional.normalize(other, dim=1)
    logits = one @ other.T / temperature
    own = torch.arange(len(logits))
    across, down = (functional.cross_entropy(each, own) for each in (logits, logits.T))
    return (across + down) / 2
