"""Lay one chain over another, and say how well it fits."""

import torch


def gdt(distances):
    """GDT_TS of residues that are so far from where they belong."""
    shares = [(distances <= limit).float().mean().item() for limit in (1, 2, 4, 8)]
    return 100 * sum(shares) / 4


def superpose(moving, fixed):
    """Turn and shift a chain so that it lies over another; no mirror."""
    m, f = moving - moving.mean(0), fixed - fixed.mean(0)
    u, _, v = torch.linalg.svd(m.T @ f)
    if torch.linalg.det(u @ v) < 0:
        v[2] *= -1
    return m @ (u @ v) + fixed.mean(0)
