"""A day of the course on one page: what was passed, the best runs, what memory holds."""

import time

from tutor.core.errors import TutorError
from tutor.core.facts import Ran
from tutor.core.lesson import Lesson, Run
from tutor.core.review import DAY
from tutor.core.text_plot import text_plot
from tutor.session.tutor import Tutor

WIDTH, HEIGHT = 64, 10
PICTURES = 3
"""Runs shown with their curves."""


def days(tutor: Tutor) -> list[int]:
    """The days of the course."""
    return sorted({chapter.day for chapter in tutor.course.chapters})


def lessons_of(tutor: Tutor, day: int) -> list[Lesson]:
    """The lessons of a day, in their order."""
    return [
        lesson
        for chapter in tutor.course.chapters
        if chapter.day == day
        for lesson in tutor.course.lessons_of(chapter)
    ]


def finished(tutor: Tutor, day: int) -> bool:
    """Whether every lesson of a day is passed."""
    lessons = lessons_of(tutor, day)
    return bool(lessons) and all(tutor.standing(lesson).passed for lesson in lessons)


async def summary(tutor: Tutor, day: int) -> str:
    """The page of a day, as markdown.

    Raises:
        TutorError: If the course has no such day.
    """
    lessons = lessons_of(tutor, day)
    if not lessons:
        known = ", ".join(map(str, days(tutor)))
        raise TutorError(f"The course has no day {day}.", f"Its days: {known}.")
    standings = {lesson.id: tutor.standing(lesson) for lesson in lessons}
    passed = [lesson for lesson in lessons if standings[lesson.id].passed]
    points = sum(each.points for each in standings.values())
    maximum = sum(each.maximum for each in standings.values())
    parts = [
        f"# {tutor.course.title}: day {day}",
        _headline(tutor, day, len(passed), len(lessons)),
        f"{points:g} of {maximum:g} points, course version {tutor.course.version}.",
        "## What was learnt",
        "\n".join(_lesson_line(tutor, lesson) for lesson in lessons),
    ]
    runs = await _runs(tutor, lessons)
    if runs:
        parts += ["## Best runs", *runs]
    parts += _memory(tutor, lessons)
    parts.append(
        "This page says what was done on this machine, under this name. It is no examination: "
        "`dlwalk-tutor report` carries the evidence."
    )
    return "\n\n".join(parts) + "\n"


def _headline(tutor: Tutor, day: int, passed: int, count: int) -> str:
    who = tutor.name or "A learner"
    if passed == count:
        when = time.strftime("%d %B %Y", time.localtime(_finished_at(tutor, day)))
        return f"**{who}** has passed all {count} lessons of day {day}, the last on {when}."
    return f"**{who}** has passed {passed} of the {count} lessons of day {day}."


def _finished_at(tutor: Tutor, day: int) -> float:
    ids = {lesson.id for lesson in lessons_of(tutor, day)}
    return max(
        (row.at for row in tutor.facts() if getattr(row.fact, "lesson", None) in ids),
        default=time.time(),
    )


def _lesson_line(tutor: Tutor, lesson: Lesson) -> str:
    standing = tutor.standing(lesson)
    state = "tested out" if standing.tested_out else "passed" if standing.passed else "not yet"
    return f"- {lesson.title}: {standing.points:g} of {standing.maximum:g} points, {state}"


async def _runs(tutor: Tutor, lessons: list[Lesson]) -> list[str]:
    """The best run of each exercise; the newest few with their curves."""
    best: dict[str, Ran] = {}
    for fact in tutor.progress.runs.values():
        if fact.passed and (fact.block not in best or fact.points >= best[fact.block].points):
            best[fact.block] = fact
    known = [
        (block.body, best[block.id])
        for lesson in lessons
        for block in lesson.blocks
        if isinstance(block.body, Run) and block.id in best
    ]
    parts = []
    for number, (run, fact) in enumerate(reversed(known)):
        knobs = ", ".join(f"{name} {value}" for name, value in fact.knobs.items())
        parts.append(f"**{run.title}**: {knobs or 'as set'}; seed {fact.seed} on {fact.device}.")
        curve = await _curve(tutor, fact) if number < PICTURES else ""
        if curve:
            parts.append(f"```text\n{curve}\n```")
    return parts


async def _curve(tutor: Tutor, fact: Ran) -> str:
    try:
        live = tutor.training.attach(fact.run)
    except TutorError:
        return ""  # its folder was cleaned away; the fact stays
    async for _ in live.events():
        pass
    if not live.metrics.series:
        return ""
    rows = text_plot(
        live.exercise.plot[0], live.metrics, WIDTH, HEIGHT, total_steps=live.total_steps
    )
    return "\n".join(rows)


def _memory(tutor: Tutor, lessons: list[Lesson]) -> list[str]:
    """What review will bring back, and when."""
    ids = {block.id for lesson in lessons for block in lesson.blocks if block.id}
    found = [each for block, each in tutor.reviewing.memories().items() if block in ids]
    if not found:
        return []
    now = time.time()
    soon = sum(each.due <= now + DAY for each in found)
    week = sum(each.due <= now + 7 * DAY for each in found)
    weakest = [each.topic for each in tutor.reviewing.strengths()[:3]]
    words = f"{soon} of its questions come back by tomorrow, {week} within a week."
    if weakest:
        words += f" Least sure so far: {', '.join(weakest)}."
    return ["## What review brings back", words]
