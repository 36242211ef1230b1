"""Made-up proteins: a chain of points in space, and relatives whose letters changed together.

A chain is helices joined by loops, one point a residue (its alpha carbon), 3.8 Å from the next in
loops; a helix turns to the right, 100° and 1.5 Å a residue, as nature's do. An alignment holds the
sequences of relatives: where two residues touch, a change in one is often answered by a change in the
other. That is all that the first network of `models/contacts.py` has to go by.

Sources:
    L. Pauling, R. B. Corey and H. R. Branson, "The structure of proteins", PNAS 37(4):205-211,
    1951, https://doi.org/10.1073/pnas.37.4.205 (the helix: 3.6 residues a turn, 1.5 Å each)
    A. Zemla, "LGA: a method for finding 3D similarities in protein structures", Nucleic Acids
    Research 31(13):3370-3374, 2003, https://doi.org/10.1093/nar/gkg571 (GDT)
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

STEP, RADIUS, RISE, TURN = 3.8, 2.3, 1.5, math.radians(100)
"""Å between residues of a loop; radius, rise and turn of a helix."""
TOUCHING = 9.0
"""Å under which two residues are in contact."""
LETTERS = 4
"""Kinds of residue in an alignment; nature has twenty."""
THRESHOLDS = (1.0, 2.0, 4.0, 8.0)
"""Å within which GDT_TS counts residues."""


def _unit(generator: torch.Generator) -> Float[Tensor, "3"]:
    drawn = torch.randn(3, generator=generator)
    return drawn / drawn.norm()


def _rotation(generator: torch.Generator) -> Float[Tensor, "3 3"]:
    axes, _ = torch.linalg.qr(torch.randn(3, 3, generator=generator))
    axes[:, 0] *= torch.det(axes).sign()
    return axes


def chain(residues: int, generator: torch.Generator) -> Float[Tensor, "residues 3"]:
    """Helices of 8 to 14 residues and loops of 3 to 6, at random; in Å."""

    def drawn(low: int, high: int) -> int:
        return int(torch.randint(low, high, (1,), generator=generator))

    points: list[Tensor] = []
    here = torch.zeros(3)
    while len(points) < residues:
        if torch.rand(1, generator=generator) < 0.65:
            along = torch.arange(drawn(8, 15), dtype=torch.float)
            angle = along * TURN
            helix = torch.stack([RADIUS * angle.cos(), RADIUS * angle.sin(), RISE * along], 1)
            helix = helix @ _rotation(generator).T
            points += list(helix - helix[0] + here)
            here = points[-1] + STEP * _unit(generator)
        else:
            for _ in range(drawn(3, 7)):
                points.append(here)
                here = here + STEP * _unit(generator)
    return torch.stack(points[:residues])


def alignment(
    residues: int,
    generator: torch.Generator,
    depth: int = 60,
    coupling: float = 0.6,
    clades: float = 0.5,
) -> tuple[Int[Tensor, "depth residues"], Bool[Tensor, "residues residues"]]:
    """Sequences of relatives, and which residues of their common chain touch.

    Args:
        residues: Length of the chain.
        generator: What it is drawn with.
        depth: How many relatives.
        coupling: How often a change is answered, at the most.
        clades: The share of residues in which the second half of the family differs as one, which
            makes residues vary together that do not touch.
    """

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    def letters(*shape: int) -> Tensor:
        return torch.randint(LETTERS, shape, generator=generator)

    points = chain(residues, generator)
    far = apart(residues) >= 4
    touching = (torch.cdist(points, points) < TOUCHING) & far
    common = rand(depth, residues) < 0.6
    family = torch.where(common, letters(residues), letters(depth, residues))
    half = depth // 2
    moved = rand(depth - half, residues) < clades
    family[half:] = torch.where(moved, letters(residues), family[half:])
    pairs = touching.triu().nonzero()
    for i, j in pairs[torch.randperm(len(pairs), generator=generator)].tolist():
        answered = rand(depth) < 0.6 * coupling
        answer = torch.randperm(LETTERS, generator=generator)
        family[answered, j] = answer[family[answered, i]]
    return family, touching


def apart(residues: int) -> Int[Tensor, "residues residues"]:
    """How far from one another two residues are along the chain."""
    place = torch.arange(residues)
    return (place[:, None] - place).abs()


def handedness(points: Float[Tensor, "n 3"]) -> Float[Tensor, "n-3"]:
    """The triple product of each three steps in a row, in Å³: positive where they turn to the right.

    It is what a mirror changes; distances are the same in both worlds.
    """
    steps = points[1:] - points[:-1]
    return (torch.linalg.cross(steps[:-2], steps[1:-1]) * steps[2:]).sum(1)


def superpose(
    moving: Float[Tensor, "n 3"],
    fixed: Float[Tensor, "n 3"],
    by: Int[Tensor, " m"] | None = None,
) -> Float[Tensor, "n 3"]:
    """Turn and shift one chain onto another, without a mirror (Kabsch, 1976).

    Args:
        moving: What is moved.
        fixed: What it is moved onto.
        by: The residues that are fitted, where not all are; all are moved.

    Returns:
        The moved chain, with the least mean squared distance over the residues fitted.
    """
    mine, theirs = (moving, fixed) if by is None else (moving[by], fixed[by])
    left, _, right = torch.linalg.svd((mine - mine.mean(0)).T @ (theirs - theirs.mean(0)))
    keep = torch.ones(3, dtype=moving.dtype, device=moving.device)
    keep[2] = torch.det(left @ right).sign()
    return (moving - mine.mean(0)) @ left @ keep.diag() @ right + theirs.mean(0)


def gdt(distances: Float[Tensor, " n"]) -> float:
    """The mean percentage of residues within 1, 2, 4 and 8 Å of where they belong."""
    return 100 * sum(float((distances <= limit).float().mean()) for limit in THRESHOLDS) / 4


def gdt_ts(predicted: Float[Tensor, "n 3"], true: Float[Tensor, "n 3"]) -> float:
    """GDT_TS from 0 to 100: the best of superposing the whole chain and windows of 20 residues.

    LGA, the program of CASP, searches many more superpositions, so this is a lower bound of its.
    """
    count, best = len(true), 0.0
    windows = [None, *(torch.arange(i, i + 20) for i in range(0, count - 19, 5))]
    for window in windows:
        away = (superpose(predicted, true, window) - true).norm(dim=1)
        best = max(best, gdt(away))
    return best
