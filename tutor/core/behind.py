"""What lies behind the curves of a plot: earlier tries, recorded runs, what the learner expects."""

import math
from collections.abc import Callable, Sequence

from tutor.core.canvas import Area, Glyphs, Trace, dotted
from tutor.core.curves import between
from tutor.core.legend import BAND, GHOST, PREDICTION, Entry
from tutor.core.series import Series

Points = Sequence[tuple[int, float]]
Curve = tuple[str, Points]
"""A name, and its (step, value) pairs."""
BandPoints = tuple[Sequence[int], Sequence[float | None], Sequence[float | None]]
"""Steps, least and greatest values; None where they were not finite."""

_ROOM_FOR_GHOSTS = 4.0


class Behind:
    """Ghosts, a band and a prediction: drawn first, named last, and never without a curve's leave."""

    def __init__(self) -> None:
        self._ghosts: list[tuple[str, Series]] = []
        self._prediction: tuple[str, Series] | None = None
        self._band: tuple[Series, Series] | None = None
        self._band_name = ""

    def set_ghosts(self, curves: Sequence[Curve]) -> None:
        """Curves of other tries, dotted."""
        self._ghosts = [(label, _series(points)) for label, points in curves]

    def set_prediction(self, curve: Curve | None) -> None:
        """The curve that the learner expects."""
        self._prediction = (curve[0], _series(curve[1])) if curve else None

    def set_band(self, band: BandPoints | None, name: str = "usual range") -> None:
        """Least and greatest values of recorded runs, and what they are called."""
        self._band_name = name
        self._band = band_series(band) if band is not None else None

    def ends(self, size: float, *, log: bool) -> list[float]:
        """Values that the limits should hold besides the readings.

        Of another try only what is not far off the readings, whose size is given: a run that blew
        up must not flatten the one that is watched.
        """
        series = [*(self._band or ()), *(self._prediction or ())[1:]]
        ends = [
            end for each in series for end in (each.positive if log else each.least, each.greatest)
        ]
        near = [
            value
            for _, ghost in self._ghosts
            for value in (ghost.positive if log else ghost.least, ghost.greatest)
            if value is not None and abs(value) <= size * _ROOM_FOR_GHOSTS
        ]
        return [value for value in ends if value is not None] + near

    def entries(self, glyphs: Glyphs) -> list[Entry]:
        """What the legend says of it."""
        dots, tint = ("..", ":") if glyphs == "ascii" else ("┈", "░")
        found = []
        if self._prediction is not None:
            found.append(Entry(dots, PREDICTION, self._prediction[0]))
        if self._ghosts:
            label = self._ghosts[0][0] if len(self._ghosts) == 1 else "last try"
            found.append(Entry(dots, GHOST, label))
        if self._band is not None:
            found.append(Entry(tint, BAND, self._band_name))
        return found

    def draw_band(self, area: Area, trace: Callable[[Series], Trace]) -> None:
        """The ground of everything else."""
        if self._band is not None:
            fill = between(trace(self._band[0]), trace(self._band[1]))
            area.tint(fill, BAND, "░" if area.glyphs == "block" else ":")

    def draw_curves(self, area: Area, trace: Callable[[Series], Trace]) -> None:
        """What the readings are drawn over."""
        for _, ghost in self._ghosts:
            area.paint(dotted(trace(ghost), 1, 1), GHOST)
        if self._prediction is not None:
            area.paint(dotted(trace(self._prediction[1]), 3, 1), PREDICTION)


def band_series(band: BandPoints) -> tuple[Series, Series]:
    """The low and the high end of a band; NaN where either was not finite."""
    steps, low, high = band
    both = [
        (step, math.nan, math.nan) if a is None or b is None else (step, a, b)
        for step, a, b in zip(steps, low, high, strict=False)
    ]
    return (
        _series([(step, a) for step, a, _ in both]),
        _series([(step, b) for step, _, b in both]),
    )


def _series(points: Points) -> Series:
    return Series([step for step, _ in points], [value for _, value in points])
