"""Which device a run trains on: asked for by name, or proposed by this machine."""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import msgspec
from msgspec import Struct

from tutor.core.device import Device, Survey, known
from tutor.core.errors import TutorError
from tutor.core.gauges import History
from tutor.core.text import visible
from tutor.runner.devices import kept_open, survey
from tutor.runner.processor import Processor

FIRST_SECONDS = 0.3
"""Between a first look and one that can be told."""


def chosen(asked: str, seen: Survey) -> str:
    """What a run's request names: a device by UUID where there is one.

    `auto:ID` leaves the run free to take the CPU where torch cannot use that GPU; any other name
    is an order.

    Raises:
        TutorError: If this machine has no such device, or the user's own variable hides it.
    """
    if asked == "auto":
        if seen.proposed.kind != "cpu":
            return f"auto:{seen.proposed.id}"
        # Where nothing answered us, torch may still know of something.
        return "cpu" if seen.gpus or seen.build == "cpu" else "auto"
    cuda = [device for device in seen.gpus if device.kind == "cuda"]
    if not cuda:
        return asked
    if asked == "cuda":
        return cuda[0].id
    kind, _, index = asked.partition(":")
    if kind == "cuda" and int(index) >= len(cuda):
        raise TutorError(f"There is no {asked} here.", f"Choose {_offer(cuda)}.")
    if not asked.startswith(("GPU-", "MIG-")):
        return asked
    matches = [device.id for device in cuda if device.id.startswith(asked)]
    if len(matches) == 1:
        return matches[0]
    hint = f"Choose {_offer(cuda)}. What CUDA_VISIBLE_DEVICES hides stays hidden."
    if matches:
        raise TutorError(f"More than one GPU's UUID begins with `{asked}`.", hint)
    raise TutorError(f"There is no GPU `{asked}` here.", hint)


def _offer(devices: list[Device]) -> str:
    return ", ".join([*(device.id for device in devices), "cpu"])


class Devices:
    """The devices of this machine, and the words about them.

    Attributes:
        last: What the last look saw; None before the first.
    """

    def __init__(
        self,
        look: Callable[[], Survey] = survey,
        processor: Processor | None = None,
        kept_open: Callable[[], AbstractContextManager[None]] = kept_open,
    ) -> None:
        """Look at nothing yet.

        Args:
            look: Looks at the machine.
            processor: Tells what the CPU does.
            kept_open: Keeps the drivers open, for who looks again and again.
        """
        self._look = look
        self._processor = processor or Processor()
        self._kept_open = kept_open
        self._open: ExitStack | None = None
        self.last: Survey | None = None

    def look(self) -> Survey:
        """Look at the machine: milliseconds without a driver, more with one; call it in a thread."""
        seen = self._look()
        *gpus, cpu = seen.devices
        devices = (*gpus, self._processor.look(cpu))
        self.last = msgspec.structs.replace(seen, devices=devices)
        return self.last

    def watch(self) -> Survey:
        """Look, and stay ready to look again soon, until `rest`."""
        if self._open is None:
            self._open = ExitStack()
            self._open.enter_context(self._kept_open())
        return self.look()

    def rest(self) -> None:
        """Look no more for now."""
        if self._open is not None:
            self._open.close()
            self._open = None

    async def pick(self, asked: str, wish: str, processes: int = 1) -> str:
        """The device for a run's request.

        Args:
            asked: What the learner asks of all runs; `auto` follows the exercise.
            wish: What the exercise says, `cpu` or `auto`: small networks are faster on the CPU.
            processes: How many train together; each needs a GPU of its own.

        Raises:
            TutorError: If there is no such device.
        """
        # What was proposed for another run is proposed anew for one that follows it.
        name = "auto" if asked.startswith("auto:") else known(asked)
        if name == "auto" and wish == "cpu":
            return "cpu"
        if name != "auto" and not name.startswith(("cuda", "GPU-", "MIG-")):
            return name
        if processes > 1 and name == "cuda":
            return name
        picked = chosen(name, await asyncio.to_thread(self.look))
        # One GPU by its UUID would hide the others.
        return "auto:cuda" if processes > 1 and picked.startswith("auto:") else picked

    def words(self, asked: str, wish: str = "auto") -> str:
        """What runs train on, short enough for the line at the top.

        Args:
            asked: What the learner asks of all runs.
            wish: What the exercise says.
        """
        if asked != "auto":
            there = self.last.devices if self.last is not None else ()
            named = next((_short(each) for each in there if each.id == asked), visible(asked))
            return f"{named} (chosen)"
        if wish == "cpu":
            return "cpu"
        return _short(self.last.proposed) if self.last is not None else ""


class Sample(Struct, frozen=True, kw_only=True):
    """One look at the devices, for whoever reads it elsewhere.

    Attributes:
        at: Seconds since 1970.
        devices: Everything they report; what they do not is null.
        trouble: What a driver that does not answer said.
    """

    at: float
    devices: tuple[Device, ...]
    trouble: str


def samples(
    devices: Devices, every: float, count: int | None = None
) -> Iterator[tuple[Sample, History]]:
    """Look again and again, and first once more a moment before: a CPU's utilisation is a difference.

    Args:
        devices: Of this machine.
        every: Seconds from look to look.
        count: So many looks; without end where it is None.
    """
    history = History()
    try:
        devices.watch()
        time.sleep(min(FIRST_SECONDS, every))
        for number in itertools.count(1):
            seen = devices.watch()
            history.add(time.monotonic(), seen)
            yield Sample(at=time.time(), devices=seen.devices, trouble=seen.trouble), history
            if number == count:
                return
            time.sleep(every)
    finally:
        devices.rest()


def _short(device: Device) -> str:
    return "cpu" if device.kind == "cpu" else device.name


def remarks(seen: Survey) -> list[str]:
    """What to know about this machine's devices, in sentences."""
    found = []
    if seen.trouble:
        found.append(f"The NVIDIA driver is there but does not answer: {seen.trouble}.")
    if not seen.gpus:
        found.append("There is no GPU here; every exercise runs on the CPU in 45 s or less.")
    elif seen.build == "cpu":
        found.append("The installed torch is built for the CPU alone, so no run can use a GPU.")
    elif seen.proposed.kind == "cpu":
        found.append("No GPU has a GiB of memory free, so the CPU is proposed.")
    elif seen.crowded:
        found.append("Somebody else computes on every GPU; the one with most room is proposed.")
    if sys.platform == "darwin":
        found.append("macOS tells programs nothing of temperatures, and of the CPU only its load.")
    return found
