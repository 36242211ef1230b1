"""Exercises that tell of the device they run on, or want more of it than there is."""

from dataclasses import dataclass

import torch

from models.reading import Config, Reading


@dataclass(kw_only=True)
class Knobs(Config):
    """How much to ask for."""

    gib: int = 0


def where(config: Knobs):
    """Say which device it is, and how matrices are multiplied on it."""
    tensor = torch.zeros(1, device=config.device)
    if tensor.is_cuda:
        print("uuid", f"GPU-{torch.cuda.get_device_properties(tensor.device).uuid}")
    print("precision", torch.get_float32_matmul_precision())
    yield Reading(1, {"cuda": float(tensor.is_cuda), "index": float(tensor.device.index or 0)})


def hungry(config: Knobs):
    """Take all the memory of the device."""
    held = []
    for step in range(1, 10_000):
        held.append(torch.empty(config.gib * 2**30, dtype=torch.uint8, device=config.device))
        yield Reading(step, {"held": float(step)})
