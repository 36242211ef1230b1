"""The device a run really uses. Asked only in a run process: the question starts CUDA."""

import os

import torch

from tutor.core.errors import TutorError


def choose_device(name: str) -> str:
    """The torch device string for `cpu`, `auto`, `cuda`, `mps`, `xpu`, or a GPU's UUID.

    Raises:
        TutorError: The device is not there.
    """
    if name == "cpu":
        return "cpu"
    if name.startswith(("GPU-", "MIG-")):
        os.environ["CUDA_VISIBLE_DEVICES"] = name
        name = "cuda"
    found = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return found.type if found is not None else "cpu"
    kind, _, index = name.partition(":")
    if found is None or found.type != kind or int(index or 0) >= torch.accelerator.device_count():
        raise TutorError(f"There is no device {name} here.", "Choose another, or cpu.")
    return name
