"""The devices of this machine, asked of NVML and the system, never of torch."""

import contextlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tutor.core.device import Device, Survey
from tutor.runner import drm, nvidia

DRIVERS = ("dev/nvidiactl", "proc/driver/nvidia", "dev/dxg", "dev/nvhost-gpu")
"""One of these stands where there is an NVIDIA driver: on a box, in WSL, on a Jetson."""


def survey(
    nvml: Callable[[], Any] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    root: Path = Path("/"),
    build: str | None = None,
) -> Survey:
    """Look at the machine. Without a driver that is a few looks at the file system.

    Args:
        nvml: Returns the NVML module; another one in tests.
        environment: Says which GPUs the user hid.
        root: Of the file system.
        build: What torch was built for; asked of the installed package by default.
    """
    built = torch_build() if build is None else build
    found: list[Device] = []
    trouble = ""
    if nvml is not None or _has_driver(root):
        found, trouble = nvidia.gpus(nvml or _pynvml, environment)
    if not found and not built.startswith("cu"):
        found = drm.amd(environment, root)
    if built == "xpu":
        found += drm.intel(root)
    if sys.platform == "darwin" and platform.machine() == "arm64":
        found.append(Device(id="mps", name="Apple GPU", kind="mps"))
    found.sort(key=lambda device: device.order)
    return Survey(devices=(*found, _cpu()), trouble=trouble, build=built)


@contextlib.contextmanager
def kept_open(nvml: Callable[[], Any] | None = None, root: Path = Path("/")) -> Iterator[None]:
    """Within, looking again and again is cheap.

    Args:
        nvml: Returns the NVML module; another one in tests.
        root: Of the file system.
    """
    if nvml is None and not _has_driver(root):
        yield
        return
    with nvidia.kept_open(nvml or _pynvml):
        yield


def _has_driver(root: Path) -> bool:
    return any((root / driver).exists() for driver in DRIVERS)


def torch_build() -> str:
    """What the installed torch says it was built for: the part of its version after the plus."""
    try:
        return importlib.metadata.version("torch").partition("+")[2]
    except importlib.metadata.PackageNotFoundError:
        return ""


def _cpu() -> Device:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Device(id="cpu", name=f"CPU, {cores} core{'' if cores == 1 else 's'}", kind="cpu")


def _pynvml() -> Any:
    import pynvml

    return pynvml
