"""Attention, and several heads of it."""

import torch


def attention(query, key, value, hidden=None):
    """What each query takes from the values.

    Args:
        query: (..., q, d), what each place asks.
        key: (..., k, d), what each place answers to.
        value: (..., k, v), what it says then.
        hidden: None, or booleans that broadcast to (..., q, k): True
            where a query may not look.

    Returns:
        (..., q, v), what comes through, and (..., q, k), the weights.
    """
    return value, query


def multi_head(x, w_query, w_key, w_value, w_join, heads):
    """Self-attention with several heads, without biases.

    Args:
        x: (t, width), one row for each place.
        w_query, w_key, w_value, w_join: (width, width); applied as
            x @ w.T, as torch.nn.Linear does.
        heads: How many share the width. The first head has the first
            width / heads numbers of each query, key and value.

    Returns:
        (t, width).
    """
    return x
