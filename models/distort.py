"""Images turned, scaled, shifted and sprinkled: the same thing, seen a little differently."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def distort(
    images: Float[Tensor, "n c h w"],
    generator: torch.Generator,
    *,
    turn: float = 0.35,
    scale: float = 0.15,
    shift: float = 0.25,
    noise: float = 0.05,
) -> Float[Tensor, "n c h w"]:
    """Each image with a random affine map of its own and a little noise; pixels stay in [0, 1].

    Args:
        images: Pixels from 0 to 1.
        generator: What it is drawn with; on the CPU, so that it is the same on every device.
        turn: Greatest angle, in radians.
        scale: Greatest change of size, as a share.
        shift: Greatest shift, in half widths.
        noise: Standard deviation of what is added to each pixel.
    """
    count, device = len(images), images.device

    def within(limit: float, *shape: int) -> Tensor:
        return limit * (2 * torch.rand(count, *shape, generator=generator) - 1)

    angle, size, place = within(turn), 1 + within(scale), within(shift, 2)
    cosine, sine = size * angle.cos(), size * angle.sin()
    maps = torch.stack([cosine, -sine, place[:, 0], sine, cosine, place[:, 1]], 1)
    grid = functional.affine_grid(
        maps.reshape(-1, 2, 3).to(device), list(images.shape), align_corners=False
    )
    moved = functional.grid_sample(images, grid, align_corners=False)
    sprinkled = noise * torch.randn(images.shape, generator=generator)
    return (moved + sprinkled.to(device)).clamp(0, 1)
