"""Runs as data: every reading exactly as it was written, as CSV or JSON."""

import csv
import io
import math
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from tutor.core.errors import TutorError
from tutor.core.expect import grade_run
from tutor.core.protocol import Event, PictureSaved, Readings, Vitals
from tutor.core.quiz import Verdict
from tutor.core.text import visible
from tutor.session.live_run import LiveRun
from tutor.session.tutor import Tutor

HEADER = ("run", "series", "step", "value")
FORMAT = 1
_BAD = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Point(NamedTuple):
    """A reading."""

    series: str
    step: int
    value: float


def points(event: Readings) -> Iterator[Point]:
    """The readings of a flush, step by step, NaN and infinities as what they were."""
    bad = {(name, row): _BAD[kind] for name, row, kind in event.bad}
    for row, step in enumerate(event.step):
        for name, column in event.s.items():
            value = column[row]
            if value is None:
                value = bad.get((name, row))
            if value is not None:
                yield Point(name, step, value)


class Record:
    """A run with all that its record holds by now.

    Attributes:
        live: The run, with every event taken in.
        points: Every reading, in the order of the record; `live.metrics` thins old ones out.
        pictures: Every picture that was saved.
        vitals: The state of the network, now and then.
        state: `live`, `ended`, `dead`, `elsewhere:HOST` or `queued:JOB`, as it was read.
        over: Whether nothing will be added.
        verdict: Its grade; None while it trains.
    """

    def __init__(self, live: LiveRun, series: tuple[str, ...] = ()) -> None:
        self.live = live
        self.points: list[Point] = []
        self.pictures: list[PictureSaved] = []
        self.vitals: list[Vitals] = []
        self._series = set(series)
        # Asked before it is read, so that nothing is called over whose end was not read.
        self.state = live.where
        self.over = self.state in ("ended", "dead")
        for event in live.catch_up():
            self._take(event)
        self.verdict: Verdict | None = None
        if self.over:
            self.verdict = grade_run(live.exercise, live.outcome())

    def _take(self, event: Event) -> None:
        match event:
            case Readings():
                self.points += [
                    point
                    for point in points(event)
                    if not self._series or point.series in self._series
                ]
            case PictureSaved():
                self.pictures.append(event)
            case Vitals():
                self.vitals.append(event)
            case _:
                pass

    @property
    def name(self) -> str:
        """The run's id."""
        return self.live.request.run


def read(tutor: Tutor, names: Iterable[str], series: tuple[str, ...] = ()) -> list[Record]:
    """Runs by their ids, each once, as they stand.

    Args:
        tutor: The open course.
        names: Ids.
        series: Only these series; all of them where empty.

    Raises:
        TutorError: If there is no such run, or none of them has a series of that name.
    """
    records = [Record(tutor.training.attach(name), series) for name in dict.fromkeys(names)]
    known = dict.fromkeys(name for each in records for name in each.live.metrics.series)
    for name in series:
        if name not in known:
            raise TutorError(
                f"No series is called `{visible(name)}` here.",
                f"There are: {', '.join(map(visible, known))}." if known else "Nothing was read.",
            )
    return records


def to_csv(records: Iterable[Record]) -> str:
    """Every reading as a line of run, series, step and value, in the order of the record.

    Numbers have as many digits as bring the same number back; what is none is nan, inf or -inf.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for record in records:
        name = record.name
        writer.writerows((name, point.series, point.step, point.value) for point in record.points)
    return text.getvalue()


def to_json(records: Iterable[Record]) -> bytes:
    """What is known of each run, readings included.

    A value that is not finite is null, as JSON has no NaN; `bad` beside the series gives its index
    and what it was.
    """
    data = {"format": FORMAT, "runs": [_run(record) for record in records]}
    return msgspec.json.encode(data) + b"\n"


def _run(record: Record) -> dict[str, Any]:
    live = record.live
    request, started = live.request, live.started
    return {
        "run": record.name,
        "course": request.course,
        "lesson": request.lesson,
        "exercise": request.exercise,
        "title": live.exercise.title,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(request.created)),
        "config": {
            "entry": live.exercise.entry,
            "knobs": request.knobs,
            "limit": {"steps": request.steps, "seconds": request.seconds},
            "nproc": request.nproc,
        },
        "seed": request.seed,
        "device": live.device,
        "torch": live.torch,
        "graded": request.graded,
        "state": record.state,
        "reason": live.reason if record.over else None,
        "steps": live.step,
        "seconds": live.elapsed,
        "started": started,
        "verdict": record.verdict,
        "problem": {"title": live.problem.title, "hint": live.problem.hint}
        if live.problem
        else None,
        "resumed": live.resumed,
        "damaged": live.damaged,
        "series": _columns(record.points),
        "turns": live.turns,
        "alerts": live.alerts,
        "vitals": record.vitals,
        "pictures": record.pictures,
    }


def _columns(found: Iterable[Point]) -> dict[str, dict[str, list[Any]]]:
    columns: dict[str, dict[str, list[Any]]] = {}
    for name, step, value in found:
        column = columns.setdefault(name, {"step": [], "value": [], "bad": []})
        column["step"].append(step)
        if math.isfinite(value):
            column["value"].append(value)
        else:
            column["bad"].append([len(column["value"]), str(value)])
            column["value"].append(None)
    return columns
