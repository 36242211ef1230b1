"""The walk as a picture: who went how far, chapter by chapter, and what the best runs looked like."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from tutor.core.boxes import cut
from tutor.core.course import Chapter
from tutor.core.errors import TutorError
from tutor.core.facts import Ran
from tutor.core.lesson import Run
from tutor.session.summary import best_runs, headline, lessons_of
from tutor.session.tutor import Tutor

WIDTH, MARGIN, ROW = 960, 56, 26
"""Of the page, in the units of an SVG: its width, its edges, a line of a list."""
CARDS, CARD, HEIGHT = 4, 196, 84
"""Curves in a row, and the size of one."""
MOST = 12
"""Curves at most: the latest exercises of the course."""
PAPER, INK, QUIET, ACCENT = "#fdfcf8", "#1c2430", "#6b7280", "#0072b2"
BAR = 120


def certificate(tutor: Tutor) -> str:
    """The page, as SVG. It shows what was done, and does not claim that anybody watched."""
    chapters = [each for each in tutor.course.chapters if tutor.course.lessons_of(each)]
    known = best_runs(tutor, lessons_of(tutor, None))[-MOST:]
    curves = [(run, _curve(tutor, run, fact)) for run, fact in known]
    half = math.ceil(len(chapters) / 2)
    top = 196
    shelf = top + half * ROW + 40
    rows = math.ceil(len(curves) / CARDS)
    bottom = shelf + rows * (HEIGHT + 44) + (24 if rows else 0)
    parts = [
        _words(MARGIN, 74, tutor.course.title, size=30, weight="bold"),
        _words(MARGIN, 122, tutor.name or "A learner", size=24, fill=ACCENT),
        _words(MARGIN, 150, headline(tutor, None) + ".", size=16),
    ]
    for i, chapter in enumerate(chapters):
        x = MARGIN + (i // half) * (WIDTH - 2 * MARGIN) / 2
        parts += _chapter(tutor, chapter, x, top + (i % half) * ROW)
    if curves:
        parts.append(_words(MARGIN, shelf, "Best runs", size=16, weight="bold"))
    for i, (run, values) in enumerate(curves):
        x = MARGIN + (i % CARDS) * (WIDTH - 2 * MARGIN + 16) / CARDS
        parts += _card(run.title, values, x, shelf + 20 + (i // CARDS) * (HEIGHT + 44))
    said = "What was done on one machine under this name; dlwalk-tutor report carries the evidence."
    parts.append(_words(MARGIN, bottom + 12, said, size=12, fill=QUIET))
    version = f"course version {tutor.course.version}"
    parts.append(_words(MARGIN, bottom + 30, version, size=12, fill=QUIET))
    height = bottom + 64
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" font-family="Georgia, serif">',
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            f'<rect x="16" y="16" width="{WIDTH - 32}" height="{height - 32}" fill="none" '
            f'stroke="{QUIET}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _words(
    x: float, y: float, text: str, *, size: int, fill: str = INK, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


def _chapter(tutor: Tutor, chapter: Chapter, x: float, y: float) -> Iterator[str]:
    """A bar for the share of its lessons that are passed, the counts, and its name."""
    lessons = tutor.course.lessons_of(chapter)
    passed = sum(tutor.standing(lesson).passed for lesson in lessons)
    long = BAR * passed / len(lessons)
    yield f'<rect x="{x:g}" y="{y - 9:g}" width="{BAR}" height="9" fill="#e4e2da"/>'
    yield f'<rect x="{x:g}" y="{y - 9:g}" width="{long:g}" height="9" fill="{ACCENT}"/>'
    counts = f"{passed} of {len(lessons)}"
    yield _words(x + BAR + 10, y, counts, size=12, fill=QUIET)
    yield _words(x + BAR + 62, y, cut(chapter.title, 31), size=13)


def _curve(tutor: Tutor, run: Run, fact: Ran) -> list[tuple[int, float]]:
    """The readings that the exercise plots first; none where the run's record is gone."""
    try:
        live = tutor.ledger.record(fact.run)
    except TutorError:
        return []  # the fact stays
    plot = run.plot[0]
    named = (live.metrics.series.get(name) for name in plot.series)
    series = next((each for each in named if each is not None), None)
    values = series.values() if series else []
    finite = [(step, value) for step, value in values if math.isfinite(value)]
    if plot.y == "log":
        return [(step, math.log(value)) for step, value in finite if value > 0]
    return finite


def _card(title: str, values: Sequence[tuple[int, float]], x: float, y: float) -> Iterator[str]:
    """A curve between two axes, and what was trained."""
    yield (f'<path d="M{x:g} {y:g} V{y + HEIGHT:g} H{x + CARD:g}" fill="none" stroke="{QUIET}"/>')
    if len(values) > 1:
        values = [*values[: -1 : max(1, len(values) // 200)], values[-1]]
        first, last = values[0][0], values[-1][0]
        low, high = min(v for _, v in values), max(v for _, v in values)
        points = " ".join(
            f"{x + 4 + (CARD - 8) * (step - first) / max(1, last - first):.1f},"
            f"{y + HEIGHT - 4 - (HEIGHT - 8) * (value - low) / ((high - low) or 1):.1f}"
            for step, value in values
        )
        yield (
            f'<polyline points="{points}" fill="none" stroke="{ACCENT}" stroke-width="1.5" '
            'stroke-linejoin="round"/>'
        )
    yield _words(x, y + HEIGHT + 18, cut(title, 30), size=12)
