"""The devices of this machine, asked of NVML and the system, never of torch."""

import os
import platform
import sys
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

Kind = Literal["cuda", "mps", "cpu"]


class Device(Struct, frozen=True):
    """Something to train on. Memory in bytes, utilisation in percent.

    `id` is what a run's request names: `cpu`, `mps`, or the UUID of a GPU.
    """

    id: str
    name: str
    kind: Kind
    memory_total: int | None = None
    memory_free: int | None = None
    utilisation: int | None = None
    others: int = 0
    """Processes that compute on it."""

    @property
    def note(self) -> str:
        """What a learner on a shared machine wants to know, in a few words."""
        if self.memory_total is None or self.memory_free is None:
            return ""
        free = f"{self.memory_free / 2**30:.0f} of {self.memory_total / 2**30:.0f} GiB free"
        busy = (
            f", {self.others} other process{'es' if self.others > 1 else ''}" if self.others else ""
        )
        return free + busy


def devices(nvml: Callable[[], Any] | None = None) -> list[Device]:
    """Every device, the one to propose first: idle GPUs, then busy ones, then the CPU.

    Args:
        nvml: Returns the NVML module; another one in tests.
    """
    found = _gpus(nvml or _pynvml)
    # A GPU with somebody else's process only where all have one; then the most free memory.
    found.sort(key=lambda gpu: (gpu.others > 0, -(gpu.memory_free or 0), gpu.utilisation or 0))
    if sys.platform == "darwin" and platform.machine() == "arm64":
        found.append(Device("mps", "Apple GPU", "mps"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found.append(Device("cpu", f"CPU, {cores} cores", "cpu"))
    return found


def _pynvml() -> Any:
    import pynvml

    return pynvml


def _gpus(load: Callable[[], Any]) -> list[Device]:
    try:
        nvml = load()
        nvml.nvmlInit()
    except Exception:  # noqa: BLE001  # no driver, no library: NVML has an exception for each
        return []
    try:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        gpus = [_gpu(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]
        return [gpu for i, gpu in enumerate(gpus) if gpu and _may_see(gpu.id, i, visible)]
    except Exception:  # noqa: BLE001  # a half-working driver is no GPU
        return []
    finally:
        nvml.nvmlShutdown()


def _may_see(uuid: str, index: int, visible: str | None) -> bool:
    """Whether the user's own CUDA_VISIBLE_DEVICES lets this GPU through."""
    if visible is None:
        return True
    names = [name.strip() for name in visible.split(",")]
    return any(
        uuid == name or (name.startswith("GPU-") and uuid.startswith(name)) or str(index) == name
        for name in names
        if name
    )


def _gpu(nvml: Any, index: int) -> Device | None:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return Device(
        id=_text(nvml.nvmlDeviceGetUUID(handle)),
        name=_text(nvml.nvmlDeviceGetName(handle)),
        kind="cuda",
        memory_total=int(memory.total),
        memory_free=int(memory.free),
        utilisation=_ask(lambda: int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        others=_ask(lambda: len(nvml.nvmlDeviceGetComputeRunningProcesses(handle))) or 0,
    )


def _ask(question: Callable[[], int]) -> int | None:
    try:
        return question()
    except Exception:  # noqa: BLE001  # not every card answers every question
        return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
