"""What there is to train on, and which of it to propose."""

import re
from typing import Literal

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.text import visible

Kind = Literal["cuda", "mps", "xpu", "cpu"]
"""As torch names them; an AMD GPU is `cuda` to torch."""
LEAST_FREE = 2**30
"""Bytes a GPU must have free to be proposed: CUDA takes half of them for itself."""
GIB = 2**30
NAME = re.compile(r"auto|cpu|mps|(cuda|xpu)(:\d+)?|(GPU|MIG)-[\w/-]*")
NAMES = "auto, cpu, cuda, cuda:1, mps, xpu, or a GPU's UUID, which `dlwalk-tutor doctor` shows"


def known(asked: str) -> str:
    """A device's name without blanks around it. Raises TutorError where no device is called so."""
    name = asked.strip()
    if not NAME.fullmatch(name):
        raise TutorError(f"There is no device called `{visible(name)}`.", f"Choose {NAMES}.")
    return name


class Process(Struct, frozen=True):
    """Something that computes on a device.

    Attributes:
        pid: As the driver says it.
        user: Whose it is; empty where this machine does not tell, as inside a container.
        memory: Bytes it holds there; None where the driver does not say.
        mine: Whether it is this user's own.
    """

    pid: int
    user: str = ""
    memory: int | None = None
    mine: bool = False


class Device(Struct, frozen=True, kw_only=True):
    """Something to train on. A question that the driver does not answer is None.

    Attributes:
        id: What a run's request names: `cpu`, `mps`, `cuda:0`, or the UUID of a GPU.
        index: Its number as `nvidia-smi` or ROCm counts; slices of a GPU have the same one.
        memory_total: Bytes.
        memory_free: Bytes.
        utilisation: Percent of the time that it computed something of late.
        temperature: Degrees Celsius; of a slice, that of its card, and so is the power.
        power: Watts.
        power_limit: Watts that it may draw.
        cores: Of a CPU: how many the machine has.
        load: Of a CPU: threads that ran or waited for a core, as a mean over a minute.
        slice: Whether it is a part of a GPU (MIG).
        processes: What computes on it.
    """

    id: str
    name: str
    kind: Kind
    index: int | None = None
    memory_total: int | None = None
    memory_free: int | None = None
    utilisation: int | None = None
    temperature: int | None = None
    power: int | None = None
    power_limit: int | None = None
    cores: int | None = None
    load: float | None = None
    slice: bool = False
    processes: tuple[Process, ...] | None = None

    @property
    def others(self) -> tuple[Process, ...]:
        """What somebody else computes on it; a process of nobody knows whom counts as such."""
        return tuple(each for each in self.processes or () if not each.mine)

    @property
    def memory_used(self) -> int | None:
        """Bytes."""
        if self.memory_total is None or self.memory_free is None:
            return None
        return self.memory_total - self.memory_free

    @property
    def memory(self) -> str:
        """Free and total memory in words, or nothing where it is not known."""
        if self.memory_total is None or self.memory_free is None:
            return ""
        return f"{self.memory_free / GIB:.0f} of {self.memory_total / GIB:.0f} GiB free"

    @property
    def order(self) -> tuple[bool, int, int]:
        """Sorts the one to propose first: nobody else's, then free memory, then utilisation."""
        return bool(self.others), -(self.memory_free or 0), self.utilisation or 0


class Survey(Struct, frozen=True, kw_only=True):
    """Everything a machine has to train on.

    Attributes:
        devices: The one to propose first, the CPU last.
        trouble: What a driver that is there but does not answer said, else empty.
        build: What the installed torch was built for, such as `cpu`, `cu128` or `rocm6.3`; empty
            where its version does not say.
    """

    devices: tuple[Device, ...]
    trouble: str = ""
    build: str = ""

    @property
    def gpus(self) -> tuple[Device, ...]:
        """Everything but the CPU."""
        return tuple(device for device in self.devices if device.kind != "cpu")

    @property
    def proposed(self) -> Device:
        """What to train on where nobody says otherwise."""
        cpu = self.devices[-1]
        if self.build == "cpu":
            return cpu
        return next((each for each in self.gpus if _has_room(each)), cpu)

    @property
    def crowded(self) -> bool:
        """Whether somebody else computes on every GPU."""
        return bool(self.gpus) and all(device.others for device in self.gpus)


def _has_room(device: Device) -> bool:
    return device.memory_free is None or device.memory_free >= LEAST_FREE
