"""Moments of a run on its plot: where a knob was turned, where something happened, where it went on."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tutor.core.axes import Axis
from tutor.core.canvas import Area
from tutor.core.legend import BAD, MARK

Kind = Literal["knob", "alert", "resumed"]
_SIGNS: dict[Kind, tuple[str, str]] = {
    "knob": ("▲", "^"),
    "alert": ("!", "!"),
    "resumed": ("»", ">"),
}


class Moment(NamedTuple):
    """Something that happened after a step."""

    step: int
    kind: Kind
    words: str


def draw_lines(area: Area, x: Axis, moments: Sequence[Moment]) -> None:
    """A dotted upright at each moment, to lie behind the curves."""
    every = sum(1 << line for line in range(0, area.lines, 3))
    trace = [0] * area.columns
    for moment in moments:
        if x.shows(moment.step) and moment.kind != "alert":
            trace[min(area.columns - 1, int(x.place(moment.step) * area.columns))] = every
    area.paint(trace, MARK)


def draw_signs(area: Area, x: Axis, moments: Sequence[Moment]) -> None:
    """A sign on the x axis under each moment; what went wrong is drawn last and so is seen."""
    for moment in sorted(moments, key=lambda each: each.kind == "alert"):
        if x.shows(moment.step):
            cell = min(area.width - 1, int(x.place(moment.step) * area.width))
            sign = _SIGNS[moment.kind][area.glyphs == "ascii"]
            role = BAD if moment.kind == "alert" else MARK
            area.canvas.put(area.x + cell, area.y + area.height, sign, role)


def nearest(moments: Sequence[Moment], step: float | None, reach: float) -> str:
    """The words of the moment at a step, or of the newest where no step is asked about.

    Args:
        moments: In their order.
        step: Where the crosshair is, or None.
        reach: How many steps off still counts.
    """
    told = [moment for moment in moments if moment.kind != "alert"]
    if step is None:
        return told[-1].words if told else ""
    near = [moment for moment in told if abs(moment.step - step) <= reach]
    return min(near, key=lambda moment: abs(moment.step - step)).words if near else ""
