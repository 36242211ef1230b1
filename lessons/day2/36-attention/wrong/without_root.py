"""Attention, and several heads of it."""

import torch


def attention(query, key, value, hidden=None):
    """What each query takes from the values (..., q, v), and the weights (..., q, k)."""
    scores = query @ key.transpose(-2, -1)
    if hidden is not None:
        scores = scores.masked_fill(hidden, -torch.inf)
    weights = scores.softmax(-1)
    return weights @ value, weights


def multi_head(x, w_query, w_key, w_value, w_join, heads):
    """Self-attention with several heads, (t, width) to (t, width)."""
    query, key, value = (
        (x @ w.T).unflatten(1, (heads, -1)).transpose(0, 1) for w in (w_query, w_key, w_value)
    )
    taken, _ = attention(query, key, value)
    return taken.transpose(0, 1).flatten(1) @ w_join.T
