"""What makes a small network fast on its device: few lines, each for a measured reason.

- The data lives on the device, and a batch is drawn by index: `batches`. A loader that fetches
  image by image costs more than a small network's step.
- Images of a convolution lie channels last: `LAYOUT`. A third off the step on a CPU, and what the
  tensor cores of a GPU want.
- The optimiser moves all parameters in one go: `optimiser`.
- On a CUDA GPU products are made in TF32, and in bfloat16 where the chip has it: `tensor_cores`,
  `mixed`. On a CPU bfloat16 is five times slower than float32, unless the CPU was made for it.
- One cycle of the learning rate, up and down again: `one_cycle`. Fewer epochs to the same accuracy.

Source of the last:
    L. N. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018, https://arxiv.org/abs/1708.07120
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext

import torch
from jaxtyping import Int
from torch import Tensor, nn, optim

OPTIMISERS = ("sgd", "momentum", "adam")
"""Names that `optimiser` knows."""

LAYOUT = torch.channels_last
"""How the images and weights of a convolutional network lie in memory."""


def tensor_cores(device: str) -> None:
    """Allow products of float32 matrices in TF32: 10 bits of mantissa instead of 23."""
    if device.startswith("cuda"):
        torch.set_float32_matmul_precision("high")


def mixed(device: str) -> AbstractContextManager[object]:
    """A context for the forward pass: bfloat16 where the device is fast at it, else nothing."""
    if device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


def optimiser(
    name: str, parameters: Iterable[nn.Parameter], learning_rate: float, device: str
) -> optim.Optimizer:
    """One of torch's own optimisers, fused: one kernel for all parameters instead of several each.

    Args:
        name: `sgd`, `momentum` (0.9) or `adam`.
        parameters: What it moves.
        learning_rate: Its first learning rate.
        device: Where the parameters are.

    Raises:
        ValueError: There is no such optimiser.
    """
    fused = device.split(":")[0] in ("cpu", "cuda", "mps", "xpu")
    match name:
        case "sgd":
            return optim.SGD(parameters, learning_rate, fused=fused)
        case "momentum":
            return optim.SGD(parameters, learning_rate, momentum=0.9, fused=fused)
        case "adam":
            return optim.Adam(parameters, learning_rate, fused=fused)
    raise ValueError(f"The optimiser is {name!r}; it can be {', '.join(OPTIMISERS)}.")


def batches(
    count: int, size: int, generator: torch.Generator, device: str
) -> Iterator[Int[Tensor, " batch"]]:
    """The indices of one epoch's batches, in a new random order; the last may be smaller.

    The order is drawn on the CPU, so that it is the same for every device, and moved once.
    """
    order = torch.randperm(count, generator=generator)
    yield from order.to(device).split(size)


def one_cycle(done: float, peak: float = 0.3) -> float:
    """The share of the greatest learning rate: up in a straight line to the peak, then down to 0.

    Args:
        done: The share of all steps that is done, from 0 to 1.
        peak: Where the greatest rate is.
    """
    return done / peak if done < peak else (1 - done) / (1 - peak)
