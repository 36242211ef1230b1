"""Notebooks as git should see them."""

import copy


def strip_notebook(nb):
    """A notebook without what running it left behind."""
    clean = copy.deepcopy(nb)
    for cell in clean["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    return clean


def merge_source(base, ours, theirs):
    """The text of a cell, of three versions; None where only a person can decide."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    return None
