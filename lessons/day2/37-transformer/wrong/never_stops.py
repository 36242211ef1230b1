"""Say where a place is, train a writer, let it write."""

import torch
from torch.nn import functional


def positional(long, width):
    """(long, width): the waves that say where a place is."""
    place = torch.arange(long)[:, None]
    angles = place / 10000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)


def teacher_loss(model, source, target, pad):
    """The mean cross-entropy of the next token, given the true ones before it."""
    logits = model(source, target[:, :-1])
    wanted = target[:, 1:]
    return functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=pad)


def greedy(model, source, begin, end, longest):
    """The answer as a list of tokens, always taking the likeliest one."""
    said = [begin]
    with torch.no_grad():
        while len(said) <= longest:
            token = model(source, torch.tensor([said]))[0, -1].argmax().item()
            said.append(token)
    return said[1:]
