"""Notebooks as git should see them."""


def strip_notebook(nb):
    """A notebook without what running it left behind.

    Args:
        nb: A notebook as a dict: `nb["cells"]` is a list of dicts with
            `cell_type`, `source` and, in code cells, `outputs` and
            `execution_count`.

    Returns:
        A new notebook whose code cells have `outputs` [] and
        `execution_count` None. All else is as it was, and `nb` itself
        is not changed.
    """
    return nb


def merge_source(base, ours, theirs):
    """The text of a cell, of three versions.

    Args:
        base: What both sides began with.
        ours: What we made of it.
        theirs: What they made of it.

    Returns:
        The merged text; None where only a person can decide.
    """
    return ours
