"""The device of a run: what was asked for, confirmed by torch, made ready."""

import os

from tutor.core.errors import TutorError

ANYWAY = "Choose another device (`d` on the home screen, or --device cpu)."


def choose(asked: str) -> tuple[str, TutorError | None]:
    """The torch device this run uses; a GPU named by its UUID is made the only visible one.

    Call it before anything starts CUDA.

    Args:
        asked: `cpu`, `cuda`, `cuda:1`, `mps`, `xpu`, a UUID; or `auto`, alone or with one of these
            after a colon, which falls back to the CPU where it is not there.

    Returns:
        The device, and why torch cannot use it, if so.
    """
    if asked == "cpu":
        return "cpu", None
    leave, _, name = asked.partition(":") if asked.startswith("auto") else ("", "", asked)
    if name.startswith(("GPU-", "MIG-")):
        os.environ["CUDA_VISIBLE_DEVICES"] = name
        device = "cuda"
    else:
        device = name or _accelerator() or "cpu"
    try:
        confirm(device, name)
    except TutorError as error:
        return ("cpu", None) if leave else (device, error)
    _ready(device)
    return device, None


def confirm(device: str, name: str) -> None:
    """Make sure that torch can use a device.

    Args:
        device: As torch calls it.
        name: As it was asked for.

    Raises:
        TutorError: If it cannot.
    """
    import torch

    kind, _, index = device.partition(":")
    if kind == "cpu":
        return
    built = _accelerator()
    if built != kind:
        can = f"`{built}` and the CPU" if built else "the CPU alone"
        title = f"There is no `{name}` here: the installed torch {torch.__version__} knows {can}."
        raise TutorError(title, ANYWAY)
    if not torch.accelerator.is_available():
        title = f"There is no `{name}` here: torch finds no GPU that it can use."
        raise TutorError(title, ANYWAY)
    count = torch.accelerator.device_count()
    if int(index or 0) >= count:
        have = "cuda:0 alone" if count == 1 else f"{kind}:0 to {kind}:{count - 1}"
        raise TutorError(f"There is no `{name}` here: torch finds {have}.", ANYWAY)


def _accelerator() -> str:
    """What torch was built for beside the CPU, whether or not it is there; may be empty."""
    import torch

    found = torch.accelerator.current_accelerator()
    return found.type if found else ""


def _ready(device: str) -> None:
    """Let matrices multiply at the speed the device has, and be what `.cuda()` means."""
    import torch

    kind, _, index = device.partition(":")
    if kind == "cuda":
        # TF32: ten bits of mantissa instead of 23, several times as fast.
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True
    if index:
        torch.accelerator.set_device_index(int(index))
