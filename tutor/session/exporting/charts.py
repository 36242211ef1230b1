"""Runs as a chart for a report, drawn with matplotlib: PNG or SVG.

Colours are Okabe and Ito's; what colour says is said by markers and dashes too.
"""

import io
import json
import math
import re
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from tutor.core.axes import around
from tutor.core.legend import held_out, slots
from tutor.core.lesson import Plot
from tutor.core.pixels import INKS
from tutor.core.pyramid import WEIGHTS
from tutor.core.raster import FEW
from tutor.core.series import Series, edge
from tutor.session.exporting.extras import extra
from tutor.session.exporting.records import Record

Form = Literal["png", "svg"]
WIDTH, HEIGHT, LINE, DPI = 7.0, 3.4, 0.2, 200
"""Inches of a panel and of a line below them all; dots an inch of a PNG."""
COLUMNS = 1500
"""Places along the axis of steps: readings that share one become their least and greatest."""
SMOOTH = WEIGHTS[2]
HUGE, TINY = 1e150, 1e-150
"""What lies beyond is drawn there: matplotlib looks for ticks beyond its limits, too."""
INK = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in INKS]
RED, GREY = INK[4], "#555555"
DASHES = ("-", "--", ":", "-.")
MARKERS = "osD^vP"
STYLE = {
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "legend.edgecolor": "none",
    "legend.fontsize": 8.0,
    "svg.hashsalt": "dlwalk-tutor",  # the same chart is the same file
}


def chart(
    records: Sequence[Record],
    series: Sequence[str] = (),
    *,
    log_y: bool = False,
    form: Form = "png",
) -> bytes:
    """Runs over each other, a panel for each plot of their exercises.

    Args:
        records: The runs.
        series: Only these; by default those that the exercises plot.
        log_y: Whether every vertical axis is logarithmic; by default as the exercise says.
        form: PNG or SVG.

    Raises:
        TutorError: If matplotlib is not installed.
    """
    matplotlib, figures, lines = extra(
        "plots", "matplotlib", "matplotlib.figure", "matplotlib.lines"
    )
    shown = panels(records, series)
    names = labels(records) if len(records) > 1 else []
    across = 2 if len(names) > 3 and max(map(len, names)) < 45 else 1
    height = HEIGHT * len(shown) + 0.5 + LINE * math.ceil(len(names) / across)
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks is a box
        figure = figures.Figure((WIDTH, height), layout="constrained")
        for plot, axes in zip(shown, figure.subplots(len(shown), squeeze=False)[:, 0], strict=True):
            _Panel(axes, plot, records, log=log_y or plot.y == "log").draw()
        figure.suptitle(plain(_title(records)), fontsize=10)
        if names:
            handles = [
                lines.Line2D([], [], **_look(number), label=plain(name))
                for number, name in enumerate(names)
            ]
            figure.legend(handles=handles, loc="outside lower left", ncols=across)
        return save(figure, form)


def save(figure: Any, form: Form = "png", **how: Any) -> bytes:
    """A figure as the bytes of a file, which are the same for the same figure."""
    data = io.BytesIO()
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(data, format=form, dpi=DPI, metadata=metadata, **how)
    return data.getvalue()


def plain(text: str) -> str:
    """Text that matplotlib takes as it is: neither as a formula nor, after a `_`, as no label."""
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def panels(records: Sequence[Record], series: Sequence[str] = ()) -> list[Plot]:
    """The plots of the runs' exercises, each once; what was asked for and is in none comes after."""
    plots = {plot.series: plot for each in records for plot in each.live.exercise.plot}
    if not series:
        return list(plots.values())
    found: list[Plot] = []
    left = list(dict.fromkeys(series))
    for plot in plots.values():
        kept = tuple(name for name in plot.series if name in left)
        if kept:
            found.append(msgspec.structs.replace(plot, series=kept))
            left = [name for name in left if name not in kept]
    return found + [Plot(series=(name,)) for name in left]


def _title(records: Sequence[Record]) -> str:
    titles = list(dict.fromkeys(each.live.exercise.title for each in records))
    if len(records) > 1:
        return " / ".join(titles[:3])
    request = records[0].live.request
    knobs = ", ".join(f"{name} {_value(value)}" for name, value in request.knobs.items())
    words = ", ".join(filter(None, (knobs, f"seed {request.seed}", records[0].live.device)))
    return f"{titles[0]}\n{textwrap.fill(words, 90)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def labels(records: Sequence[Record]) -> list[str]:
    """What tells the runs apart: knobs that differ, the seed where it does, else the end of the id."""
    requests = [each.live.request for each in records]
    names = dict.fromkeys(name for request in requests for name in request.knobs)
    differ = [name for name in names if len({str(each.knobs.get(name)) for each in requests}) > 1]
    found = []
    for request in requests:
        parts = [
            f"{name} {_value(request.knobs[name])}" for name in differ if name in request.knobs
        ]
        if len({each.seed for each in requests}) > 1:
            parts.append(f"seed {request.seed}")
        found.append(", ".join(parts))
    return [
        label if label and found.count(label) == 1 else f"{label} ({request.run[-4:]})".strip()
        for label, request in zip(found, requests, strict=True)
    ]


class Curve(NamedTuple):
    """A series, ready to be drawn. A NaN breaks a line."""

    x: list[float]
    y: list[float]
    smooth_x: list[float]
    smooth: list[float]
    bad: list[float]
    """Steps at which a stretch of readings began that are not finite."""


def thinned(series: Series, *, log: bool) -> Curve:
    """A series in at most `COLUMNS` places; where several readings share one, it spans them all."""
    first, last = series.first_step or 0, series.last_step or 0
    count = min(COLUMNS, last - first + 1)
    x, y, smooth_x, smooth, bad = list[float](), list[float](), list[float](), list[float](), []
    broken = False
    for i, column in enumerate(series.columns(first, last + 1, count, weight=SMOOTH)):
        if column is None:
            continue
        left, right = (edge(first, last + 1, count, at) for at in (i, i + 1))
        middle = (left + right - 1) / 2
        if column.bad and not broken:
            bad.append(middle)
        broken = bool(column.bad)
        low = column.positive if log else column.least
        values = [low, column.greatest] if column.finite > 1 and low < column.greatest else [low]
        if not column.finite or math.isinf(low):
            x.append(middle)
            y.append(math.nan)
        else:
            x += [middle] * len(values)
            y += [_within(value, log) for value in values]
        smooth_x.append(middle)
        smooth.append(_within(column.average, log) if column.finite else math.nan)
    return Curve(x, y, smooth_x, smooth, bad)


def _within(value: float, log: bool) -> float:
    return min(HUGE, max(TINY if log else -HUGE, value))


def _look(number: int) -> dict[str, Any]:
    """The colour and the marker of one run of several."""
    return {"color": INK[number % len(INK)], "marker": MARKERS[number % len(MARKERS)]}


class _Panel:
    """One set of axes and all that is drawn in it."""

    def __init__(self, axes: Any, plot: Plot, records: Sequence[Record], *, log: bool) -> None:
        self._axes = axes
        self._plot = plot
        self._records = records
        self._log = log
        self._drawn: list[Series] = []

    def draw(self) -> None:
        """Everything."""
        if self._log:
            self._axes.set_yscale("log")
        for number, record in enumerate(self._records):
            for place, name in enumerate(self._plot.series):
                series = record.live.metrics.series.get(name)
                if series is not None and series.count:
                    self._curve(number, place, name, series)
                    self._drawn.append(series)
        self._frame()
        self._target()
        if len(self._records) == 1:
            self._turns(self._records[0])
        self._notes()

    def _curve(self, number: int, place: int, name: str, series: Series) -> None:
        look = {**self._own(number, place), "label": self._label(name)}
        curve = thinned(series, log=self._log)
        if held_out(name) or series.count == 1:
            every = max(1, len(curve.x) // 25)
            own = {"markersize": 4.5, "markevery": every, "linewidth": 1.1}
            self._axes.plot(curve.x, curve.y, **look, **own)
        else:
            # Among several runs a few markers say which it is, each at places of its own.
            every = max(1, len(curve.smooth_x) // 6)
            begin = every * (number + 1) // (len(self._records) + 1)
            look |= {"markersize": 3.5, "markevery": (begin, every)}
            if len(self._records) == 1:
                look["marker"] = None
            if series.count >= FEW:
                faint = {"color": look["color"]}
                self._axes.plot(curve.x, curve.y, linewidth=0.6, alpha=0.3, **faint)
                self._axes.plot(curve.smooth_x, curve.smooth, linewidth=1.7, **look)
            else:
                self._axes.plot(curve.x, curve.y, linewidth=1.4, **look)
        if curve.bad and series.first_bad:
            self._bad(curve.bad, look["color"], name, *series.first_bad)

    def _own(self, number: int, place: int) -> dict[str, Any]:
        """Of one run each series has a colour and a marker; of several each run has.

        What tells series apart is then how they are dashed and filled.
        """
        if len(self._records) == 1:
            slot = slots(self._plot.series)[place]
            return {"color": INK[slot % len(INK)], "marker": MARKERS[place % len(MARKERS)]}
        look = _look(number)
        if place:
            look |= {"linestyle": DASHES[place % len(DASHES)], "markerfacecolor": "white"}
        return look

    def _label(self, name: str) -> str | None:
        """What the panel's legend calls a curve: of several runs nothing, the figure's has those."""
        return plain(name) if len(self._records) == 1 else None

    def _bad(self, steps: list[float], colour: str, name: str, first: int, value: float) -> None:
        """Crosses on the axis, where no curve hides them, whatever the scale."""
        what = "NaN" if math.isnan(value) else "infinite"
        self._axes.plot(
            steps,
            [0.03] * len(steps),
            linestyle="none",
            marker="X",
            markersize=7,
            color=colour,
            markeredgecolor=RED,
            transform=self._axes.get_xaxis_transform(),
            label=plain(f"{name} {what} at step {first}"),
        )

    def _frame(self) -> None:
        axes, plot = self._axes, self._plot
        axes.set_xlabel("optimiser steps")
        # Every panel has all steps, so that what stands above each other happened together.
        every = [each for record in self._records for each in record.live.metrics.series.values()]
        first = min((series.first_step or 0 for series in every), default=0)
        last = max((series.last_step or 0 for series in every), default=0)
        pad = max(1, last - first) * 0.03
        axes.set_xlim(first - pad, last + pad)
        unit = re.search(r",? in ([^,]+)$", plot.title)
        tails = list(dict.fromkeys(name.rpartition("/")[2] for name in plot.series))
        scale = "log scale" if self._log else ""
        what = ", ".join(filter(None, (unit[1] if unit else "", scale)))
        axes.set_ylabel(plain(f"{', '.join(tails)} ({what})" if what else ", ".join(tails)))
        axes.set_title(plain(plot.title), loc="left", fontsize=9)
        limits = around(self._values(), log=self._log, tight=True)
        if limits is not None:
            pad = (limits.high - limits.low) * 0.06
            log = (limits.low / 1.15, limits.high * 1.15)
            axes.set_ylim(*(log if self._log else (limits.low - pad, limits.high + pad)))
        seen = [series.positive if self._log else series.least for series in self._drawn]
        if all(value is None for value in seen):
            words = "nothing that can be drawn" if seen else "nothing was read"
            axes.text(0.5, 0.5, words, ha="center", color=GREY, transform=axes.transAxes)

    def _values(self) -> Iterable[float]:
        found = [self._plot.target]
        for series in self._drawn:
            found += [series.positive if self._log else series.least, series.greatest]
        known = [value for value in found if value is not None]
        return [_within(value, self._log) for value in known if value > 0 or not self._log]

    def _target(self) -> None:
        plot = self._plot
        if plot.target is not None and (plot.target > 0 or not self._log):
            label = plain(plot.target_label or f"target {plot.target:g}")
            look = {"color": GREY, "linestyle": (0, (6, 3)), "linewidth": 0.9}
            self._axes.axhline(plot.target, **look, label=label)

    def _turns(self, record: Record) -> None:
        """Turns of live knobs of the one run that is drawn."""
        top = self._axes.get_xaxis_transform()
        for turn in record.live.turns:
            self._axes.axvline(turn.step, color=GREY, linestyle=":", linewidth=0.9)
            words = plain(f" {turn.name} {_value(turn.value)}")
            self._axes.text(turn.step, 0.98, words, transform=top, va="top", fontsize=7, color=GREY)

    def _notes(self) -> None:
        """The legend, and what could not be drawn."""
        if len(self._records) > 1 and len(self._plot.series) > 1:
            for place, name in enumerate(self._plot.series):
                look = {**self._own(0, place), "color": GREY, "label": plain(name)}
                self._axes.plot([], [], **look)
        if self._axes.get_legend_handles_labels()[0]:
            self._axes.legend(loc="best")
        hidden = sum(series.nonpositive for series in self._drawn) if self._log else 0
        if hidden:
            words = f"{hidden} {'reading' if hidden == 1 else 'readings'} ≤ 0 not drawn"
            self._axes.text(1, 1, words, transform=self._axes.transAxes, fontsize=7, ha="right")
