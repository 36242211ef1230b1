"""An LSTM cell, and the bias that its forget gate needs."""

import math

import torch


def lstm_cell(x, h, c, w, u, b):
    """One step of an LSTM.

    Args:
        x: (n, inputs), what comes in.
        h: (n, hidden), what the cell said last.
        c: (n, hidden), what it keeps.
        w: (4 * hidden, inputs); applied as x @ w.T.
        u: (4 * hidden, hidden); applied as h @ u.T.
        b: (4 * hidden,), added.

    The four blocks of w, u and b are, in this order: input gate, forget
    gate, candidate, output gate. Gates are squashed by a sigmoid, the
    candidate by a tanh.

    Returns:
        The new h and the new c, both (n, hidden).
    """
    return h, c


def bias_for(steps, kept):
    """The forget bias at which a cell keeps so much over so many steps.

    Args:
        steps: How often the cell is multiplied by its gate.
        kept: The share that is left after that, between 0 and 1.

    Returns:
        A float: the b with sigmoid(b) ** steps == kept.
    """
    return 0.0
