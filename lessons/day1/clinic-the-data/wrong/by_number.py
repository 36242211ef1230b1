"""Even forms here, odd forms there: no leak, and always the same forms."""

import torch


def split(form):
    """Return (train, valid): the rows to train on and the rows to validate on, about half each.

    form: (rows,), the number of the form that each row is a scan of. Scans of a form stand
          together; [0, 0, 1, 1, 1] are two scans of form 0 and three of form 1.

    Both are 1-d tensors of row numbers, and which forms are in which is drawn at random.
    """
    even = form % 2 == 0
    return even.nonzero().flatten(), (~even).nonzero().flatten()
