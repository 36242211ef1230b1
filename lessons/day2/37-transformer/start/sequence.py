"""Say where a place is, train a writer, let it write."""

import torch


def positional(long, width):
    """(long, width): the waves that say where a place is.

    Numbers 2i and 2i + 1 of place t are the sine and the cosine of
    t / 10000 ** (2i / width). Places are counted from 0; the width is
    even.
    """
    return torch.zeros(long, width)


def teacher_loss(model, source, target, pad):
    """The mean cross-entropy of the next token, given the true ones.

    Args:
        model: model(source, written) are the logits (n, t, kinds) of
            what follows each of the t tokens written so far.
        source: (n, s) tokens to read.
        target: (n, t) tokens to write: a beginning, the answer, an
            end, then padding up to the longest.
        pad: The token that is padding; what is to be padding does not
            count.

    Returns:
        A tensor without axes.
    """
    return torch.tensor(0.0)


def greedy(model, source, begin, end, longest):
    """The answer, always taking the likeliest token.

    Args:
        model: As above.
        source: (1, s) tokens to read.
        begin: What an answer begins with.
        end: What it ends with.
        longest: After so many tokens it stops without an end.

    Returns:
        A list of tokens, without the beginning and the end.
    """
    return []
