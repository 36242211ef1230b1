"""A list of runs in columns: what stands in a line, and how wide each column is."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tutor.core.axes import count_of_steps, short
from tutor.core.canvas import Glyphs, narrow
from tutor.core.ledger import Entry, brief, telling
from tutor.core.legend import BAD, LINE, MARK, QUIET, TARGET, TEXT, TITLE, Span, sign
from tutor.core.text import visible

SIGNS = {"passed": ("✓", TARGET), "failed": ("✗", BAD), "broken": ("!", BAD), "open": ("◐", MARK)}
LEAD = 6
"""Cells before the first column: colour, pin and outcome, a gap after each."""
GAP = 2
TITLE_LEAST, KNOBS_LEAST, NOTE_LEAST, RESULT, WHEN, SEED = 12, 18, 8, 8, 6, 5
NARROW = 50
"""Cells of a line below which names are cut shorter."""


class Columns(NamedTuple):
    """How many cells each column has; 0 for one that finds no room or would say nothing."""

    exercise: int
    knobs: int
    result: int
    when: int
    seed: int
    device: int
    note: int


class Listing:
    """Runs, set in lines of one width.

    Args:
        entries: The runs.
        width: Cells of a line.
        metric: Which result is shown; empty for the one that each run is graded by.
        when: Says when a run was begun, by the seconds since the epoch, in at most six cells.
        glyphs: What curves are drawn with: a run's sign is that of its legend.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        width: int,
        *,
        metric: str = "",
        when: Callable[[float], str] = lambda _: "",
        glyphs: Glyphs = "braille",
    ) -> None:
        self._telling = telling(entries)
        self._metric, self._when = metric, when
        self._glyphs: Glyphs = glyphs
        self.columns = self._share_out(entries, width)

    def _share_out(self, entries: Sequence[Entry], width: int) -> Columns:
        """Cells for each column: those that tell most have room first.

        Where all runs are of one exercise, its name tells less than what was written of them.
        """
        titles = max((len(_title(entry)) for entry in entries), default=0)
        knobs = max((len(self.knobs(entry)) for entry in entries), default=0)
        notes = max((len(_written(entry)) for entry in entries), default=0)
        devices = {entry.device for entry in entries}
        part = 1 if width >= NARROW else 2
        wanted = {
            "exercise": TITLE_LEAST // part,
            "knobs": max(5, min(knobs, KNOBS_LEAST // part)),
            "note": min(notes, NOTE_LEAST),
            "when": WHEN,
            "seed": SEED,
            "device": max(6, *map(len, devices)) if len(devices) > 1 else 0,
        }
        order = ["exercise", "knobs", "when", "note", "seed", "device"]
        if len({entry.exercise for entry in entries}) == 1:
            order = ["knobs", "note", "exercise", "when", "seed", "device"]
        given = dict.fromkeys(wanted, 0)
        left = width - LEAD - RESULT - GAP
        for name in order:
            if wanted[name] and wanted[name] + GAP <= left:
                given[name] = wanted[name]
                left -= wanted[name] + GAP
        natural = {"exercise": titles, "knobs": knobs, "note": notes}
        for name in [each for each in order if each in natural]:
            more = max(0, min(natural[name] - given[name], left)) if given[name] else 0
            given[name] += more
            left -= more
        return Columns(result=RESULT, **given)

    def heading(self) -> list[Span]:
        """The names of the columns."""
        metric = self._metric.rpartition("/")[2] or "result"
        names = ["exercise", "knobs", metric, "when", "seed", "device", "note"]
        return [(" " * LEAD, QUIET), *self._cells(names, [QUIET] * len(names))]

    def line(self, entry: Entry, slot: int | None = None, *, pinned: bool = False) -> list[Span]:
        """A run in one line.

        Args:
            entry: The run.
            slot: Its colour, where it is marked.
            pinned: Whether the others are held against it.
        """
        own = (" ", QUIET) if slot is None else (sign(slot, self._glyphs), LINE + slot)
        gap = (" ", QUIET)
        value = entry.last(self._metric)
        bad = value is not None and not math.isfinite(value)
        texts = [
            _title(entry),
            self.knobs(entry),
            short(value, RESULT - 1),
            self._when(entry.created) if entry.over else f"at {count_of_steps(entry.steps)}",
            str(entry.seed),
            entry.device,
            _written(entry),
        ]
        roles = [TITLE if pinned else TEXT, TEXT, BAD if bad else TEXT, *[QUIET] * 4]
        lead = [own, gap, ("*" if pinned else " ", TITLE), gap]
        return [*lead, SIGNS.get(entry.outcome, ("·", QUIET)), gap, *self._cells(texts, roles)]

    def knobs(self, entry: Entry) -> str:
        """The knobs of a run that tell it from others."""
        return narrow(visible(brief(entry, self._telling.get(entry.exercise, ()))))

    def _cells(self, texts: Sequence[str], roles: Sequence[int]) -> list[Span]:
        """Texts in their columns, numbers at the right; what is longer ends in an ellipsis."""
        spans = []
        for name, text, role in zip(Columns._fields, texts, roles, strict=True):
            width = getattr(self.columns, name)
            text = text if len(text) <= width else f"{text[: max(0, width - 1)]}…"
            text = f"{text:>{width}}" if name in ("result", "when", "seed") else f"{text:<{width}}"
            spans += [(text + " " * GAP, role)] if width else []
        return spans


def _title(entry: Entry) -> str:
    return narrow(visible(entry.title or entry.exercise))


def _written(entry: Entry) -> str:
    """Tags, then the note, in one line."""
    return narrow(visible(" ".join([*(f"#{tag}" for tag in entry.tags), *entry.note.split()])))
