"""An NVML of cards that exist nowhere, in the calls that the tutor makes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

GIB = 2**30


class NVMLError(Exception):
    """As the real one: an exception for everything that is not success."""


class Memory(NamedTuple):
    """Bytes."""

    total: int
    free: int
    used: int


class Rates(NamedTuple):
    """Percent."""

    gpu: int
    memory: int


class Running(NamedTuple):
    """A process on a card."""

    pid: int
    usedGpuMemory: int | None  # NVML's own name


@dataclass
class Card:
    """One card, or one slice of it.

    Attributes:
        uuid: Its name for CUDA.
        free: GiB.
        silent: Calls it does not answer, without their `nvmlDevice`.
        slices: What it is cut into; None with MIG off.
    """

    uuid: str
    free: float = 79.0
    total: float = 80.0
    name: str | bytes = "NVIDIA H100 80GB HBM3"
    utilisation: int = 0
    temperature: int = 34
    watts: float = 70.4
    limit: float = 700.0
    processes: Sequence[Running] = ()
    silent: Sequence[str] = ()
    slices: list["Card"] | None = None


@dataclass
class FakeNvml:
    """A driver with some cards.

    Attributes:
        broken: What `nvmlInit` says instead of succeeding.
        inits: How often it was opened and not closed again.
    """

    cards: list[Card] = field(default_factory=list)
    broken: str = ""
    inits: int = 0

    def __call__(self) -> "FakeNvml":
        """Stand for the import of the module."""
        return self

    def nvmlInit(self) -> None:  # NVML's own names, here and below
        """Open it."""
        if self.broken:
            raise NVMLError(self.broken)
        self.inits += 1

    def nvmlShutdown(self) -> None:
        """Close it."""
        self.inits -= 1

    def nvmlDeviceGetCount(self) -> int:
        """How many cards stand in the machine."""
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Card:
        """A card by its slot."""
        return self._answer(self.cards[index], "GetHandleByIndex", self.cards[index])

    def nvmlDeviceGetUUID(self, card: Card) -> str:
        """Its name for CUDA."""
        return self._answer(card, "GetUUID", card.uuid)

    def nvmlDeviceGetName(self, card: Card) -> str | bytes:
        """What it is; older libraries answer in bytes."""
        return self._answer(card, "GetName", card.name)

    def nvmlDeviceGetMemoryInfo(self, card: Card) -> Memory:
        """Total, free and used."""
        total, free = int(card.total * GIB), int(card.free * GIB)
        return self._answer(card, "GetMemoryInfo", Memory(total, free, total - free))

    def nvmlDeviceGetUtilizationRates(self, card: Card) -> Rates:
        """How busy it is."""
        return self._answer(card, "GetUtilizationRates", Rates(card.utilisation, 0))

    def nvmlDeviceGetTemperature(self, card: Card, sensor: int) -> int:
        """How hot it is; sensor 0 is the chip."""
        assert sensor == 0
        return self._answer(card, "GetTemperature", card.temperature)

    def nvmlDeviceGetPowerUsage(self, card: Card) -> int:
        """What it draws, in milliwatts."""
        return self._answer(card, "GetPowerUsage", int(card.watts * 1000))

    def nvmlDeviceGetEnforcedPowerLimit(self, card: Card) -> int:
        """What it may draw, in milliwatts."""
        return self._answer(card, "GetEnforcedPowerLimit", int(card.limit * 1000))

    def nvmlDeviceGetComputeRunningProcesses(self, card: Card) -> list[Running]:
        """Who computes on it."""
        return self._answer(card, "GetComputeRunningProcesses", list(card.processes))

    def nvmlDeviceGetMigMode(self, card: Card) -> list[int]:
        """Current and pending mode; cards before the A100 have none."""
        mode = int(card.slices is not None)
        return self._answer(card, "GetMigMode", [mode, mode])

    def nvmlDeviceGetMaxMigDeviceCount(self, card: Card) -> int:
        """How many slices there can be."""
        return self._answer(card, "GetMaxMigDeviceCount", 7)

    def nvmlDeviceGetMigDeviceHandleByIndex(self, card: Card, index: int) -> Card:
        """A slice; an empty place raises."""
        slices = card.slices or []
        if index >= len(slices):
            raise NVMLError("Not Found")
        return slices[index]

    def _answer(self, card: Card, call: str, value: Any) -> Any:
        if call in card.silent:
            raise NVMLError("Not Supported")
        return value


def eight(busy: Sequence[int] = ()) -> FakeNvml:
    """A box with eight cards; on those named, somebody computes whom this machine does not know."""
    others = (Running(4_000_000_000, 60 * GIB),)
    return FakeNvml(
        [
            Card(
                f"GPU-{index}0000000-aaaa-bbbb-cccc-{index}dddddddddd",
                free=18.0 if index in busy else 79.0,
                utilisation=97 if index in busy else 0,
                temperature=71 if index in busy else 33 + index,
                processes=others if index in busy else (),
            )
            for index in range(8)
        ]
    )
