"""The split: forms are drawn, and their scans go along."""

import torch


def split(form):
    """Return (train, valid): the rows to train on and the rows to validate on, about half each.

    form: (rows,), the number of the form that each row is a scan of. Scans of a form stand
          together; [0, 0, 1, 1, 1] are two scans of form 0 and three of form 1.

    Both are 1-d tensors of row numbers, and which forms are in which is drawn at random.
    """
    forms = form.unique()
    forms = forms[torch.randperm(len(forms))]
    chosen = torch.isin(form, forms[: len(forms) // 2])
    return chosen.nonzero().flatten(), (~chosen).nonzero().flatten()
