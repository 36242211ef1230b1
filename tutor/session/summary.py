"""A day of the course on one page: what was learnt, the best runs, what memory brings back."""

import asyncio
import time
from itertools import zip_longest

from tutor.core.arithmetic import parse_rule
from tutor.core.axes import short
from tutor.core.boxes import cut
from tutor.core.boxes import width as columns_of
from tutor.core.canvas import Glyphs
from tutor.core.course import Chapter
from tutor.core.errors import TutorError
from tutor.core.facts import Ran
from tutor.core.lesson import Lesson, Run
from tutor.core.review import DAY
from tutor.core.sitting import percent
from tutor.core.text_plot import thumbnail
from tutor.session.sittings import chapter_test
from tutor.session.tutor import Tutor

WIDTH = 73
"""Columns that the pictures of the runs share; as many as 80 leave a page."""
NARROWEST, GAP = 22, 2
"""Columns of a picture at least, and between two."""
TOPICS = 3
"""Topics named for a day of review."""


def days(tutor: Tutor) -> list[int]:
    """The days of the course."""
    return sorted({chapter.day for chapter in tutor.course.chapters})


def finished(tutor: Tutor, day: int) -> bool:
    """Whether every lesson of a day is passed."""
    lessons = lessons_of(tutor, day)
    return bool(lessons) and all(tutor.standing(lesson).passed for lesson in lessons)


def _chapters(tutor: Tutor, day: int | None) -> list[Chapter]:
    return [chapter for chapter in tutor.course.chapters if day in (chapter.day, None)]


def lessons_of(tutor: Tutor, day: int | None) -> list[Lesson]:
    """The lessons of a day, or of the whole course."""
    course = tutor.course
    return [each for chapter in _chapters(tutor, day) for each in course.lessons_of(chapter)]


async def summary(
    tutor: Tutor, day: int | None = None, *, width: int = WIDTH, glyphs: Glyphs = "braille"
) -> str:
    """The page of a day or of the whole course, as markdown.

    Args:
        tutor: The open course.
        day: Which of its days; all of them without one.
        width: Columns that the pictures of the runs may take.
        glyphs: What they are drawn with.

    Raises:
        TutorError: If the course has no such day.
    """
    lessons = lessons_of(tutor, day)
    if not lessons:
        known = ", ".join(map(str, days(tutor)))
        raise TutorError(f"The course has no day {day}.", f"Its days: {known}.")
    standings = [tutor.standing(lesson) for lesson in lessons]
    points = sum(each.points for each in standings)
    maximum = sum(each.maximum for each in standings)
    parts = [
        f"# {tutor.course.title}" + (f": day {day}" if day else ""),
        f"**{tutor.name or 'A learner'}** {headline(tutor, day)}.",
        f"{points:g} of {maximum:g} points, course version {tutor.course.version}.",
        "## What was learnt",
    ]
    for chapter in _chapters(tutor, day):
        lines = [_lesson_line(tutor, lesson) for lesson in tutor.course.lessons_of(chapter)]
        parts += [f"### {chapter.title}", "\n".join([*lines, *_test_line(tutor, chapter)])]
    pictures = await _pictures(tutor, lessons, width, glyphs)
    if pictures:
        parts += ["## Best runs", f"```text\n{pictures}\n```"]
    parts += ["## What review brings back", _memory(tutor, lessons)]
    parts.append(
        "This page says what was done on this machine, under this name. It is no examination: "
        "`dlwalk-tutor report` carries the evidence."
    )
    return "\n\n".join(parts) + "\n"


def headline(tutor: Tutor, day: int | None) -> str:
    """What of a day or of the whole course is passed, in words that follow a name."""
    lessons = lessons_of(tutor, day)
    passed = sum(tutor.standing(lesson).passed for lesson in lessons)
    what = f"lessons of day {day}" if day else "lessons"
    if passed == len(lessons):
        when = time.strftime("%d %B %Y", time.localtime(_finished_at(tutor, day)))
        return f"has passed all {passed} {what}, the last on {when}"
    return f"has passed {passed} of the {len(lessons)} {what}"


def _finished_at(tutor: Tutor, day: int | None) -> float:
    ids = {lesson.id for lesson in lessons_of(tutor, day)}
    return max(
        (row.at for row in tutor.facts() if getattr(row.fact, "lesson", None) in ids),
        default=time.time(),
    )


def _lesson_line(tutor: Tutor, lesson: Lesson) -> str:
    """A lesson with its points; once it is passed, with what one knows now."""
    standing = tutor.standing(lesson)
    state = "tested out" if standing.tested_out else "passed" if standing.passed else "not yet"
    mark = "✓" if standing.passed else "○"
    words = f"{standing.points:g} of {standing.maximum:g} points, {state}"
    if standing.passed and lesson.takeaway:
        return f"- {mark} **{lesson.title}** · {words}\\\n  {lesson.takeaway}"
    return f"- {mark} {lesson.title} · {words}"


def _test_line(tutor: Tutor, chapter: Chapter) -> list[str]:
    test = chapter_test(tutor, chapter)
    if test is None:
        return []
    if test.first is None or test.best is None:
        return [f"- ○ Chapter test · {test.questions} questions, not taken yet"]
    mark, state = ("✓", "passed") if test.passed else ("◐", "not yet")
    return [
        f"- {mark} Chapter test · best {percent(test.best)}, first {percent(test.first)}, {state}"
    ]


# --- the best runs --------------------------------------------------------------------------------


def best_runs(tutor: Tutor, lessons: list[Lesson]) -> list[tuple[Run, Ran]]:
    """The best passed run of each exercise, in the order of the course."""
    best: dict[str, Ran] = {}
    for fact in tutor.progress.runs.values():
        if fact.passed and (fact.block not in best or fact.points >= best[fact.block].points):
            best[fact.block] = fact
    return [
        (block.body, best[block.id])
        for lesson in lessons
        for block in lesson.blocks
        if isinstance(block.body, Run) and block.id in best
    ]


async def _pictures(tutor: Tutor, lessons: list[Lesson], width: int, glyphs: Glyphs) -> str:
    """The best run of each exercise as a small picture, as many side by side as there is room for."""
    known = best_runs(tutor, lessons)
    across = max(1, (width + GAP) // (NARROWEST + GAP))
    room = max(NARROWEST, (width + GAP) // across - GAP)
    cards = []
    for run, fact in known:
        cards.append(_card(tutor, run, fact, room, glyphs))
        await asyncio.sleep(0)  # a record takes a moment to read; keys are answered in between
    shelves = [cards[i : i + across] for i in range(0, len(cards), across)]
    return "\n\n".join(_beside(shelf, room) for shelf in shelves)


def _card(tutor: Tutor, run: Run, fact: Ran, width: int, glyphs: Glyphs) -> list[str]:
    """A run's title, its curves, the figure that its first mark asks for, and what was turned."""
    turned = [
        f"{name} {value}"
        for name, value in fact.knobs.items()
        if name not in run.knobs or value != run.knobs[name].default
    ]
    rows = [run.title, *_curves(tutor, run, fact, width, glyphs)]
    rows.append(", ".join(turned) or "knobs as they were")
    end = ">" if glyphs == "ascii" else "…"
    return [cut(row, width, end) for row in rows]


def _curves(tutor: Tutor, run: Run, fact: Ran, width: int, glyphs: Glyphs) -> list[str]:
    try:
        live = tutor.ledger.record(fact.run)
    except TutorError:
        return ["(its record is gone)"]  # the fact stays
    if not live.metrics.series:
        return ["(it has no readings)"]
    plot, steps = live.exercise.plot[0], live.total_steps
    rows = thumbnail(plot, live.metrics, width, total_steps=steps, glyphs=glyphs)
    asked = parse_rule(run.expect[0].rule).calls[0].series if run.expect else plot.series[0]
    series = live.metrics.series.get(asked)
    return [*rows, f"{asked} {short(series.last)}"] if series else rows


def _beside(cards: list[list[str]], width: int) -> str:
    rows = zip_longest(*cards, fillvalue="")
    gap = " " * GAP
    return "\n".join(
        gap.join(cell + " " * (width - columns_of(cell)) for cell in row).rstrip() for row in rows
    )


# --- memory ---------------------------------------------------------------------------------------


def _memory(tutor: Tutor, lessons: list[Lesson]) -> str:
    """What review will bring back, and when."""
    coming = tutor.reviewing.coming(lessons)
    if not coming:
        return (
            "Nothing in the next two weeks. What is answered in a lesson comes back the day after."
        )
    rows = ["| when | how many | about |", "|---|---:|---|"]
    for day, blocks, topics in coming:
        more = f" and {len(topics) - TOPICS} more" if len(topics) > TOPICS else ""
        rows.append(f"| {_when(day)} | {blocks} | {', '.join(topics[:TOPICS])}{more} |")
    return "\n".join(rows)


def _when(day: int) -> str:
    date = time.strftime("%a %d %B", time.localtime(time.time() + day * DAY))
    return "today" if day == 0 else "tomorrow" if day == 1 else date
