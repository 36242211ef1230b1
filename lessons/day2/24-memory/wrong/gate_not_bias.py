"""An LSTM cell, and the bias that its forget gate needs."""

import math

import torch


def lstm_cell(x, h, c, w, u, b):
    """One step of an LSTM: the new h and the new c."""
    let_in, keep, new, out = (x @ w.T + h @ u.T + b).chunk(4, -1)
    c = torch.sigmoid(keep) * c + torch.sigmoid(let_in) * torch.tanh(new)
    return torch.sigmoid(out) * torch.tanh(c), c


def bias_for(steps, kept):
    """The forget bias at which a cell keeps so much over so many steps."""
    gate = kept ** (1 / steps)
    return gate
