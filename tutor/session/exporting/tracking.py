"""A run told to trackers as it goes, or after its end: the same events make the same entries.

A tracker is anything that takes what `Tracker` names. `Mirror` reads events and hands on scalars,
pictures and words; times are those of the record, so that what is written live and what is written
years later are alike.
"""

import itertools
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from tutor.core.bitmap import Drawing
from tutor.core.errors import TutorError
from tutor.core.lesson import Scalar
from tutor.core.pixels import paint
from tutor.core.protocol import (
    Event,
    Failed,
    Finished,
    Hello,
    KnobTurned,
    PictureSaved,
    Readings,
    Vitals,
)
from tutor.session.exporting.records import points
from tutor.session.live_run import LiveRun


class Setup(NamedTuple):
    """What a run is, before anything was read."""

    run: str
    title: str
    config: dict[str, Scalar]
    """Knobs, then seed, device and exercise."""
    at: float
    """When it began; seconds since the epoch."""


class Tracker(Protocol):
    """Something that keeps runs. `at` is seconds since the epoch, `step` optimiser steps done."""

    def begin(self, setup: Setup) -> None:
        """A run begins. Raises TutorError where it cannot be kept."""

    def scalars(self, at: float, step: int, values: Mapping[str, float]) -> None:
        """What was read after a step; NaN and infinities too."""

    def image(self, at: float, step: int, name: str, png: bytes, caption: str) -> None:
        """A picture."""

    def histogram(
        self, at: float, step: int, name: str, edges: Sequence[float], counts: Sequence[float]
    ) -> None:
        """Counts between edges, of which there is one more."""

    def words(self, at: float, step: int, name: str, text: str) -> None:
        """Something to read."""

    def flush(self) -> None:
        """Let others see what was written so far."""

    def close(self, at: float, ended_well: bool | None) -> str:
        """Nothing more will come; None where the run goes on. Returns where to find it, in words."""


class Mirror:
    """Hands the events of a run on to trackers.

    Attributes:
        told: Where each tracker keeps the run, and what went wrong, in words.
    """

    def __init__(self, live: LiveRun, trackers: Sequence[Tracker], *, strict: bool = False) -> None:
        """Begin with the run's first event.

        Args:
            live: The run; it takes each event in before it is handed to `take`.
            trackers: Where to.
            strict: Whether a tracker that fails is an error; otherwise it is let go, since a run is
                worth more than its mirror.
        """
        self.told: list[str] = []
        self._live = live
        self._trackers = trackers
        self._open: list[Tracker] = []
        self._strict = strict
        self._began: float | None = None
        self._ended: bool | None = None
        self._alerts = 0

    def take(self, event: Event) -> None:
        """Hand an event on."""
        if self._began is None:
            self._began = event.at if isinstance(event, Hello) else self._live.request.created
            self._begin(self._setup(self._began))
        match event:
            case Readings():
                self._readings(event)
            case Vitals(step=step):
                self._vitals(step, event)
            case PictureSaved(step=step, name=name):
                self._picture(step, name)
            case KnobTurned(step=step, name=name, value=value):
                self._knob(step, name, value)
            case Finished(reason=reason):
                self._ended = reason in ("done", "steps")
            case Failed(step=step, title=title):
                self._ended = False
                self._words(step, "failed", title)
            case _:
                pass
        for alert in self._live.alerts[self._alerts :]:
            self._words(alert.step, f"alerts/{alert.kind}", f"{alert.title} {alert.hint}")
        self._alerts = len(self._live.alerts)

    def close(self) -> None:
        """Close every tracker, whether or not the run has ended."""
        self._each(lambda tracker: self.told.append(tracker.close(self._at, self._ended)))
        self._open.clear()

    def _begin(self, setup: Setup) -> None:
        for tracker in self._trackers:
            self._open.append(tracker)
            self._do(tracker, lambda tracker: tracker.begin(setup))

    def _setup(self, began: float) -> Setup:
        request = self._live.request
        own: dict[str, Scalar] = {"seed": request.seed, "device": self._live.device}
        own["exercise"] = request.exercise
        return Setup(request.run, self._live.exercise.title, {**request.knobs, **own}, began)

    @property
    def _at(self) -> float:
        return (self._began or 0.0) + self._live.elapsed

    def _readings(self, event: Readings) -> None:
        values: dict[str, float] = {}
        step = event.step[0] if event.step else 0
        for point in points(event):
            if point.step != step and values:
                self._scalars(step, values)
                values = {}
            step = point.step
            values[point.series] = point.value
        if values:
            self._scalars(step, values)
        self._each(lambda tracker: tracker.flush())

    def _scalars(self, step: int, values: Mapping[str, float]) -> None:
        self._each(lambda tracker: tracker.scalars(self._at, step, values))

    def _vitals(self, step: int, event: Vitals) -> None:
        known = {
            "vitals/gradient norm": event.gradient_norm,
            "vitals/update ratio": event.update_ratio,
            "vitals/dead ReLUs": event.dead_relus,
        }
        values = {name: value for name, value in known.items() if value is not None}
        if values:
            self._scalars(step, values)

    def _knob(self, step: int, name: str, value: Scalar) -> None:
        if isinstance(value, str):
            self._words(step, f"knobs/{name}", value)
        else:
            self._scalars(step, {f"knobs/{name}": float(value)})

    def _words(self, step: int, name: str, text: str) -> None:
        self._each(lambda tracker: tracker.words(self._at, step, name, text))

    def _picture(self, step: int, name: str) -> None:
        raw = self._live.picture(name)
        drawing = Drawing.from_json(raw) if raw is not None else Drawing(role="text")
        if drawing.role == "text":
            if drawing.caption:
                self._words(step, name, drawing.caption)
        elif drawing.role == "histogram":
            self._bars(step, name, drawing)
        elif image := paint(drawing):
            png = image.png()
            self._each(lambda tracker: tracker.image(self._at, step, name, png, drawing.caption))

    def _bars(self, step: int, name: str, drawing: Drawing) -> None:
        """Named bars are a number each; bins are a histogram."""
        counts = drawing.values()[1::2]
        if len(drawing.labels) == len(counts):
            named = zip(drawing.labels, counts, strict=True)
            self._scalars(step, {f"{name}/{label}": count for label, count in named})
        elif bins := histogram(drawing):
            self._each(lambda tracker: tracker.histogram(self._at, step, name, *bins))

    def _each(self, do: Callable[[Tracker], None]) -> None:
        for tracker in list(self._open):
            self._do(tracker, do)

    def _do(self, tracker: Tracker, do: Callable[[Tracker], None]) -> None:
        try:
            do(tracker)
        except (OSError, TutorError) as error:
            # Whatever is wrong with it, it is not written to again, nor closed.
            self._open.remove(tracker)
            problem = error if isinstance(error, TutorError) else _trouble(error)
            if self._strict:
                raise problem from error
            self.told.append(f"{problem} The run itself goes on.")


def _trouble(error: OSError) -> TutorError:
    return TutorError(f"The run could not be written there: {error.strerror or error}.")


def histogram(drawing: Drawing) -> tuple[list[float], list[float]] | None:
    """Edges and counts of a picture of bins, one edge more than counts; None where it is no histogram.

    A picture holds left edges only: the last bin is as wide as the one before it.
    """
    values = drawing.values()
    edges, counts = values[::2], values[1::2]
    rising = all(a < b for a, b in itertools.pairwise(edges))
    if not counts or not rising or not all(math.isfinite(each) for each in values):
        return None
    if min(counts) < 0:
        return None
    return [*edges, edges[-1] + (edges[-1] - edges[-2] if len(edges) > 1 else 1.0)], counts


async def mirrored(live: LiveRun, mirror: Mirror) -> AsyncIterator[Event]:
    """The events of a run as it is followed, each handed on as well."""
    try:
        async for event in live.events():
            mirror.take(event)
            yield event
    finally:
        mirror.close()


def copy(live: LiveRun, trackers: Sequence[Tracker]) -> list[str]:
    """Hand on all that the record of a run holds by now; returns where it is kept, in words.

    Raises:
        TutorError: If it cannot be kept there.
    """
    mirror = Mirror(live, trackers, strict=True)
    try:
        for event in live.catch_up():
            mirror.take(event)
    finally:
        mirror.close()
    return mirror.told
