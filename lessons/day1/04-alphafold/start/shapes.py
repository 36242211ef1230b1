"""Lay one chain over another, and say how well it fits."""

import torch


def gdt(distances):
    """GDT_TS of residues that are so far from where they belong.

    Args:
        distances: A tensor of shape (n,), in Å.

    Returns:
        A float: the mean of the percentages within 1, 2, 4 and 8 Å.
        What is exactly at a limit is within it.
    """
    return 0.0


def superpose(moving, fixed):
    """Turn and shift a chain so that it lies over another; no mirror.

    The least mean square is reached like this (Kabsch, 1976):
    1. take its own mean off each chain, so that both lie around 0;
    2. u, _, v = torch.linalg.svd(m.T @ f), of the two centred chains;
    3. the turn is u @ v. Where its determinant is -1 it is a mirror:
       then change the sign of the last row of v first;
    4. turn the centred moving chain (m @ turn) and add the mean of fixed.

    Args:
        moving: A tensor of shape (n, 3), in Å. It stays as it is.
        fixed: The same shape.

    Returns:
        The moved chain, of shape (n, 3).
    """
    return moving
