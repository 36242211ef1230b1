"""The first scan of each form for training, the others for validation: a form on both sides."""

import torch


def split(form):
    """Return (train, valid): the rows to train on and the rows to validate on, about half each.

    form: (rows,), the number of the form that each row is a scan of. Scans of a form stand
          together; [0, 0, 1, 1, 1] are two scans of form 0 and three of form 1.

    Both are 1-d tensors of row numbers, and which forms are in which is drawn at random.
    """
    first = torch.ones(len(form), dtype=torch.bool)
    first[1:] = form[1:] != form[:-1]
    return first.nonzero().flatten(), (~first).nonzero().flatten()
