"""One training run in several processes, each with a share of every batch.

Every process holds the whole network and draws the same batches in the same order. Of each batch it
takes its share; the gradients are averaged over the processes before the step, so that all networks
stay equal and the step is the one of the whole batch. In a run of one process every function here
hands back what it was given.

    forward = wrap(model)
    for batch in order.split(config.batch_size):
        mine = share(batch)
        loss = mean_loss(forward(images[mine]), labels[mine]) * weight(mine, batch)
        loss.backward()
        optimizer.step()
        yield Reading(step, {"train/loss": average(loss.detach())})

Evaluate with `model` itself, and hand it to `Start`. What a layer computes over the batch, as batch
normalisation does, is computed over each process's share.

Source:
    S. Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020,
    https://arxiv.org/abs/2006.15704
"""

from collections.abc import Sized

import torch
from jaxtyping import Float, Int
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


def processes() -> int:
    """How many processes train together; 1 outside of such a run."""
    together = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if together else 1


def wrap(model: nn.Module) -> nn.Module:
    """The network to compute the training loss with: its gradients are those of all processes.

    It shares its parameters with `model`, and begins everywhere with those of the first process.
    """
    return DistributedDataParallel(model) if processes() > 1 else model


def share(batch: Int[Tensor, " batch"]) -> Int[Tensor, " share"]:
    """This process's part of the indices of a batch.

    A batch too small to give everybody one is given to everybody whole.
    """
    if processes() == 1 or len(batch) < processes():
        return batch
    return batch[distributed.get_rank() :: processes()]


def weight(share: Sized, batch: Sized) -> float:
    """What to multiply a mean over a share with, so that its average is the mean over the batch.

    1 where the shares are of one size.
    """
    if len(batch) < processes():
        return 1.0
    return processes() * len(share) / len(batch)


@torch.no_grad()
def average(value: Float[Tensor, ""]) -> Float[Tensor, ""]:
    """The mean of a number over the processes. All of them must ask for it."""
    if processes() == 1:
        return value
    total = value.detach().clone()
    distributed.all_reduce(total)
    return total / processes()
