"""From many dimensions to two, so that an eye can look: principal component analysis.

Source:
    K. Pearson, "On lines and planes of closest fit to systems of points in space", Philosophical
    Magazine 2(11):559-572, 1901, https://doi.org/10.1080/14786440109462720
"""

import torch
from jaxtyping import Float
from torch import Tensor


def directions(points: Float[Tensor, "n d"], count: int) -> Float[Tensor, "count d"]:
    """The directions of greatest variance, widest first, each of length 1.

    A direction and its opposite are equally good; the sign is chosen so that the largest entry is
    positive, and a map drawn again does not flip over.
    """
    _, _, right = torch.linalg.svd(points - points.mean(0), full_matrices=False)
    found = right[:count]
    largest = found.gather(1, found.abs().argmax(1, keepdim=True))
    return found * torch.where(largest < 0, -1.0, 1.0)


def principal(points: Float[Tensor, "n d"], count: int) -> Float[Tensor, "n count"]:
    """The points seen along their `count` widest directions, about their mean.

    Points that are not finite have no directions; they come back as nan.
    """
    if not torch.isfinite(points).all():
        return torch.full((len(points), count), torch.nan, device=points.device)
    return (points - points.mean(0)) @ directions(points, count).T
