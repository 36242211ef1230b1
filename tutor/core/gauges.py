"""What a device did in the last minute: bars, figures and small curves, in a few rows."""

import itertools
import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tutor.core.canvas import Canvas, Sheet
from tutor.core.device import GIB, Device, Survey
from tutor.core.legend import GHOST, LINE, QUIET, TEXT, TITLE

SECONDS = 60.0
"""What is kept of the past."""
CELL = 3.0
"""Seconds of one cell of a curve. A curve moves on only when a cell is full, to spare bytes."""
CELLS = int(SECONDS / CELL)
BARS = "▁▂▃▄▅▆▇█"
NAME, BAR, WORDS = 13, 10, 26
UNKNOWN = "not reported"
Points = Sequence[tuple[float, float | None]]


class Gauge(NamedTuple):
    """One quantity of a device.

    Attributes:
        name: Of the quantity.
        share: From 0 to 1, for the bar; None where there is none.
        words: Its value.
        points: Time and value of each look in the last minute.
        top: The value at the top of the curve.
    """

    name: str
    share: float | None
    words: str
    points: Points = ()
    top: float = 0.0


class History:
    """What was seen of each device in the last minute."""

    def __init__(self) -> None:
        self._looks: dict[str, deque[tuple[float, Device]]] = {}

    def add(self, at: float, seen: Survey) -> None:
        """Take a look into account.

        Args:
            at: Seconds, from wherever they are counted.
            seen: What was seen; a device that is no longer there is forgotten.
        """
        kept = {device.id: self._looks.get(device.id, deque()) for device in seen.devices}
        for device in seen.devices:
            looks = kept[device.id]
            looks.append((at, device))
            while looks[0][0] <= at - SECONDS - CELL:
                looks.popleft()
        self._looks = kept

    def of(self, name: str) -> list[tuple[float, Device]]:
        """The looks at a device, oldest first."""
        return list(self._looks.get(name, ()))


def gauges(looks: Sequence[tuple[float, Device]]) -> list[Gauge]:
    """The quantities of a device, as they stand at the last look."""
    device = looks[-1][1]

    def points(value: Callable[[Device], float | None]) -> Points:
        return [(at, value(each)) for at, each in looks]

    busy = _share("utilisation", device.utilisation, 100.0, "%")
    rows = [busy._replace(points=points(lambda each: each.utilisation))]
    if device.kind == "cpu":
        rows.append(_load(device, points(lambda each: each.load)))
    rows.append(_memory(device, points(lambda each: each.memory_used)))
    heat = _share("temperature", device.temperature, 100.0, "°C")
    rows.append(heat._replace(points=points(lambda each: each.temperature)))
    if device.kind == "cuda":
        rows.append(_power(device, points(lambda each: each.power)))
        rows.append(_others(device))
    return rows


def _share(name: str, value: float | None, top: float, unit: str) -> Gauge:
    if value is None:
        return Gauge(name, None, UNKNOWN)
    return Gauge(name, value / top, f"{value:g} {unit}", top=top)


def _load(device: Device, points: Points) -> Gauge:
    if device.load is None or not device.cores:
        return Gauge("load", None, UNKNOWN)
    cores = f"{device.cores} core{'' if device.cores == 1 else 's'}"
    top = max(device.cores, *(value or 0 for _, value in points))
    words = f"{device.load:.1f} for {cores}"
    return Gauge("load", device.load / device.cores, words, points, top)


def _memory(device: Device, points: Points) -> Gauge:
    used, total = device.memory_used, device.memory_total
    if used is None or not total:
        return Gauge("memory", None, UNKNOWN)
    words = f"{used / GIB:.1f} of {total / GIB:.0f} GiB"
    return Gauge("memory", used / total, words, points, total)


def _power(device: Device, points: Points) -> Gauge:
    if device.power is None:
        return Gauge("power", None, UNKNOWN)
    whole = ", whole card" if device.slice else ""
    if not device.power_limit:
        top = max(value or 0 for _, value in points)
        return Gauge("power", None, f"{device.power} W{whole}", points, top)
    words = f"{device.power} of {device.power_limit} W{whole}"
    return Gauge("power", device.power / device.power_limit, words, points, device.power_limit)


def _others(device: Device) -> Gauge:
    """What of the memory other people's processes hold, as far as the driver tells."""
    if device.processes is None:
        return Gauge("others", None, UNKNOWN)
    if not device.others:
        return Gauge("others", 0.0, "nobody")
    count = f"{len(device.others)} process{'' if len(device.others) == 1 else 'es'}"
    held = [each.memory for each in device.others]
    if None in held or not device.memory_total:
        return Gauge("others", None, count)
    total = sum(each or 0 for each in held)
    return Gauge("others", total / device.memory_total, f"{total / GIB:.1f} GiB in {count}")


# --- drawing ----------------------------------------------------------------------------------------


def cuts(width: int) -> list[tuple[int, int]]:
    """First column and the one behind the last of names, bars, words and curves.

    Args:
        width: Of all. Where there is little room curves have none, then bars.
    """
    bars = BAR + 2 if width >= NAME + BAR + 2 + WORDS else 0
    curves = CELLS if width >= NAME + BAR + 2 + WORDS + CELLS else 0
    first = min(NAME, width)
    words = NAME + bars
    after = words + WORDS if curves else width
    ends = [first, words, after, width] if words <= width else [first, first, width, width]
    return list(itertools.pairwise([0, *ends]))


def draw(looks: Sequence[tuple[float, Device]], width: int, height: int | None = None) -> Sheet:
    """A device's gauges, its name above them, in the columns of `cuts`.

    Args:
        looks: As `History.of` gives them, at least one.
        width: Cells of a row.
        height: Rows; as many as there are gauges, and one, where it is None.
    """
    now, device = looks[-1]
    rows = gauges(looks)
    canvas = Canvas(width, 1 + len(rows) if height is None else height)
    canvas.text(0, 0, device.name, TITLE)
    _, bars, words, curves = cuts(width)
    for y, gauge in enumerate(rows, 1):
        canvas.text(0, y, gauge.name, QUIET)
        if gauge.share is not None and bars[0] < bars[1]:
            full = bar_cells(gauge.share)
            canvas.spans(bars[0], y, [("━" * full, LINE), ("╌" * (BAR - full), GHOST)])
        canvas.text(words[0], y, gauge.words, QUIET if gauge.words == UNKNOWN else TEXT)
        if gauge.top > 0 and curves[0] < curves[1]:
            canvas.text(curves[0], y, curve(gauge.points, now, gauge.top), LINE)
    return canvas.sheet()


def bar_cells(share: float, cells: int = BAR) -> int:
    """Full cells of a bar: all of them only at 1, none only at 0, so that the ends mean something."""
    if share <= 0:
        return 0
    return cells if share >= 1 else min(cells - 1, max(1, round(share * cells)))


def curve(points: Points, now: float, top: float) -> str:
    """The last minute as a row of bars, the newest at the right; blank where nothing was seen.

    The cell that is still being filled is not shown yet: its value stands beside the curve.

    Args:
        points: Time and value; a value that was not reported is None.
        now: When the last look was.
        top: The value that fills a cell.
    """
    filling = math.floor(now / CELL)
    cells: list[list[float]] = [[] for _ in range(CELLS)]
    for at, value in points:
        place = math.floor(at / CELL) - filling + CELLS
        if value is not None and 0 <= place < CELLS:
            cells[place].append(value)
    return "".join(_bar(sum(cell) / len(cell) / top) if cell else " " for cell in cells)


def _bar(share: float) -> str:
    return BARS[min(len(BARS) - 1, max(0, int(share * len(BARS))))]
