"""Runs over each other: their curves by short names, with the range that the course has recorded."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tutor.core.ledger import Entry, brief, labels, telling
from tutor.core.lesson import Plot
from tutor.core.raster import Overlay
from tutor.core.series import Metrics
from tutor.session.bands import case_band, matching_case
from tutor.session.live_run import LiveRun

if TYPE_CHECKING:
    from tutor.session.ledger import Ledger
    from tutor.session.tutor import Tutor

KEPT = 12
"""Records that are held in memory, those used last."""


class Shelf:
    """Records of runs, each read once; of those that still train the rest is read when asked for."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._records: OrderedDict[str, LiveRun] = OrderedDict()

    def read(self, run: str) -> LiveRun | None:
        """What was read of a run; None where that has not been done yet."""
        return self._records.get(run)

    def load(self, run: str) -> LiveRun:
        """Read a run's record, or what was added to it since. Raises TutorError if there is no run."""
        live = self._records.get(run)
        if live is None:
            live = self._ledger.record(run)
        else:
            for _ in live.catch_up():
                pass
        self._records[run] = live
        self._records.move_to_end(run)
        while len(self._records) > KEPT:
            self._records.popitem(last=False)
        return live

    def drop(self, run: str) -> None:
        """Forget a run."""
        self._records.pop(run, None)


def names_of(entries: Sequence[Entry]) -> list[str]:
    """Short names; a run that stands alone is called by what was turned in it."""
    if len(entries) == 1:
        entry = entries[0]
        return [brief(entry, telling(entries)[entry.exercise]) or f"seed {entry.seed}"]
    return labels(entries)


def overlay(
    tutor: "Tutor", entries: Sequence[Entry], here: Entry | None = None, metric: str = ""
) -> Overlay:
    """The curves of some runs, as far as their records were read.

    Args:
        tutor: The open course; its ledger has the colours, and the run that is pinned.
        entries: The runs, in the order of the legend.
        here: A run that is only looked at, drawn dotted.
        metric: Which series; by default what the first run's exercise draws first.
    """
    marks, shelf = tutor.ledger.marks, tutor.ledger.shelf
    measured = metric or next((entry.curve for entry in entries if entry.curve), "")
    names, records = names_of(entries), [shelf.read(entry.run) for entry in entries]
    pinned = next((i for i, each in enumerate(entries) if each.run == marks.pinned), None)
    ghosts = []
    if here is not None and (live := shelf.read(here.run)) is not None:
        name = labels([*entries, here])[-1]
        ghosts = [(name, points)] if (points := live.metrics.values(measured)) else []
    metrics = Metrics()
    for name, live in zip(names, records, strict=True):
        if live is not None and measured in live.metrics.series:
            metrics.series[name] = live.metrics.series[measured]
    found = Overlay(
        plot=replace(_axes(tutor, entries, measured), series=tuple(names)),
        metrics=metrics,
        slots=[marks.slot(entry.run) or 0 for entry in entries],
        measured=measured,
        top=pinned,
        ghosts=ghosts,
        planned=max((live.total_steps or 0 for live in records if live), default=0) or None,
        empty=_why_empty(entries, records, measured),
    )
    return found if pinned is None else _with_band(tutor, found, entries[pinned])


def _axes(tutor: "Tutor", entries: Sequence[Entry], measured: str) -> Plot:
    """As the exercise draws that series, where the runs are of one exercise."""
    exercises = {entry.exercise for entry in entries}
    run = tutor.ledger.exercise(exercises.pop()) if len(exercises) == 1 else None
    plots = run.plot if run else ()
    plot = next((each for each in plots if measured in each.series), Plot(series=()))
    return replace(plot, title="")


def _with_band(tutor: "Tutor", found: Overlay, entry: Entry) -> Overlay:
    """What was recorded of the exercise: of the same knobs, else of its first case that passes."""
    run = tutor.ledger.exercise(entry.exercise)
    if run is None:
        return found
    own = matching_case(run, entry.knobs)
    case = own or next((each for each in run.case if each.outcome == "pass"), None)
    band = case_band(tutor, run, case.id, found.measured) if case else None
    if case is None or band is None:
        return found
    name = "usual range" if own else f"range of {case.id}"
    return found._replace(band=(band.step, band.lo, band.hi), band_name=name)


def _why_empty(entries: Sequence[Entry], records: Sequence[LiveRun | None], measured: str) -> str:
    if not entries:
        return "space marks runs to lay their curves over each other"
    if None in records:
        return "reading the record"
    if any(not entry.over for entry in entries):
        return ""
    return f"no {measured} was read" if measured else "nothing was read"
