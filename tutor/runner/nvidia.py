"""NVIDIA GPUs as NVML tells of them: no torch, no CUDA, nothing allocated on the card."""

import contextlib
import functools
import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tutor.core.device import Device, Process
from tutor.core.text import visible

T = TypeVar("T")


class _Card(NamedTuple):
    """A card as it stands in the machine: itself, or the slices it is cut into (MIG)."""

    slot: int
    uuid: str
    name: str
    parts: tuple[Device, ...]


def gpus(load: Callable[[], Any], environment: Mapping[str, str]) -> tuple[list[Device], str]:
    """The GPUs this user may see, and what the driver said where it does not answer.

    Args:
        load: Returns the NVML module.
        environment: Its CUDA_VISIBLE_DEVICES hides GPUs.
    """
    try:
        nvml = load()
        nvml.nvmlInit()
    except Exception as error:  # noqa: BLE001  # no driver, no library: an exception for each
        return [], visible(str(error) or type(error).__name__)
    try:
        count = nvml.nvmlDeviceGetCount()
        cards = [card for index in range(count) if (card := _card(nvml, index)) is not None]
    except Exception as error:  # noqa: BLE001  # a driver may break between two questions
        return [], visible(str(error) or type(error).__name__)
    finally:
        _ask(nvml.nvmlShutdown)
    if count and not cards:
        return [], "no card answers"
    return _allowed(cards, environment), ""


@contextlib.contextmanager
def kept_open(load: Callable[[], Any]) -> Iterator[None]:
    """Within, NVML stays open; else each look would open it anew, and may wake a card for it."""
    nvml = _ask(load)
    opened = nvml is not None and _ask(lambda: nvml.nvmlInit() or True)
    try:
        yield
    finally:
        if nvml is not None and opened:
            _ask(nvml.nvmlShutdown)


# --- what the user's own variable hides -------------------------------------------------------------


def _allowed(cards: Sequence[_Card], environment: Mapping[str, str]) -> list[Device]:
    """What CUDA would show: the list ends at its first name that means nothing."""
    listed = environment.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        return [part for card in cards for part in card.parts]
    # CUDA counts the fastest card first and NVML by slot; for equal cards both are the same.
    by_slot = environment.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
    counted = by_slot or len({card.name for card in cards}) <= 1
    found: list[Device] = []
    names = [each.strip() for each in listed.split(",")]
    for position, name in enumerate(names):
        if name.isdecimal() and not counted and int(name) < len(cards):
            # Which card is meant only CUDA knows; the run is sure to get what the user allowed.
            device = Device(id=f"cuda:{position}", name=f"GPU {name}", kind="cuda", index=int(name))
        else:
            meant = _meant(name, cards)
            if meant is None:
                break
            device = meant
        if device in found or name in names[:position]:
            # CUDA shows nothing at all where a device is named twice.
            return []
        found.append(device)
    return found


def _meant(name: str, cards: Sequence[_Card]) -> Device | None:
    """The device of a name: an index, or a UUID or enough of its beginning."""
    if name.isdecimal():
        parts = cards[int(name)].parts if int(name) < len(cards) else ()
        return parts[0] if parts else None
    if not name.startswith(("GPU-", "MIG-")):
        return None
    whole = [card.parts for card in cards if card.uuid.startswith(name)]
    parts_named = [(part,) for card in cards for part in card.parts if part.id.startswith(name)]
    matches = {parts[0].id: parts[0] for parts in [*whole, *parts_named] if parts}
    return next(iter(matches.values())) if len(matches) == 1 else None


# --- one card ---------------------------------------------------------------------------------------


def _card(nvml: Any, index: int) -> _Card | None:
    """What one card answers; None where it does not even say who it is, as one that fell off the bus."""
    handle = _ask(lambda: nvml.nvmlDeviceGetHandleByIndex(index))
    uuid = _ask(lambda: _text(nvml.nvmlDeviceGetUUID(handle)))
    if handle is None or uuid is None:
        return None
    name = _ask(lambda: visible(_text(nvml.nvmlDeviceGetName(handle)))) or f"GPU {index}"
    card = _Card(index, uuid, name, ())
    mode = _ask(lambda: nvml.nvmlDeviceGetMigMode(handle))
    if mode is None or mode[0] != 1:
        return card._replace(parts=(_device(nvml, handle, handle, card),))
    # Cut into slices, the card as a whole computes nothing.
    most = _ask(lambda: int(nvml.nvmlDeviceGetMaxMigDeviceCount(handle))) or 0
    parts = (_slice(nvml, handle, place, card) for place in range(most))
    return card._replace(parts=tuple(part for part in parts if part is not None))


def _slice(nvml: Any, whole: Any, place: int, card: _Card) -> Device | None:
    """One slice of a card; None where nothing is cut out at this place."""
    handle = _ask(lambda: nvml.nvmlDeviceGetMigDeviceHandleByIndex(whole, place))
    uuid = _ask(lambda: _text(nvml.nvmlDeviceGetUUID(handle)))
    if handle is None or uuid is None:
        return None
    name = _ask(lambda: visible(_text(nvml.nvmlDeviceGetName(handle)))) or f"{card.name} MIG"
    return _device(nvml, handle, whole, card._replace(uuid=uuid, name=name))


def _device(nvml: Any, handle: Any, whole: Any, card: _Card) -> Device:
    """What a card or slice says of itself. Temperature and power are those of the whole card."""
    memory = _ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
    return Device(
        id=card.uuid,
        name=card.name,
        kind="cuda",
        index=card.slot,
        memory_total=None if memory is None else int(memory.total),
        memory_free=None if memory is None else int(memory.free),
        utilisation=_ask(lambda: int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
        temperature=_ask(lambda: int(nvml.nvmlDeviceGetTemperature(whole, 0))),
        power=_ask(lambda: round(nvml.nvmlDeviceGetPowerUsage(whole) / 1000)),
        power_limit=_ask(lambda: round(nvml.nvmlDeviceGetEnforcedPowerLimit(whole) / 1000)),
        slice=handle is not whole,
        processes=_processes(nvml, handle),
    )


def _processes(nvml: Any, handle: Any) -> tuple[Process, ...] | None:
    """What computes on it; None where the driver does not tell this user."""
    running = _ask(lambda: list(nvml.nvmlDeviceGetComputeRunningProcesses(handle)))
    if running is None:
        return None
    return tuple(_process(int(each.pid), each.usedGpuMemory) for each in running)


def _process(pid: int, memory: int | None) -> Process:
    try:
        owner = Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        # Of another container, or hidden from us: then it is surely not ours.
        return Process(pid, memory=memory)
    return Process(pid, _user(owner), memory, mine=owner == os.getuid())


@functools.lru_cache
def _user(number: int) -> str:
    try:
        return visible(pwd.getpwuid(number).pw_name)
    except KeyError:
        return f"user {number}"


def _ask(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except Exception:  # noqa: BLE001  # not every card answers every question
        return None


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
