"""Which device a run trains on: asked for by name, or proposed by this machine."""

import asyncio
from collections.abc import Callable

from tutor.core.device import Device, Survey, known
from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.runner.devices import survey


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

    def __init__(self, look: Callable[[], Survey] = survey) -> None:
        self._look = look
        self.last: Survey | None = None

    def look(self) -> Survey:
        """Look at the machine: milliseconds without a driver, more with one; call it in a thread."""
        self.last = self._look()
        return self.last

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
    return found
