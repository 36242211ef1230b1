"""The lab notebook: what was predicted, run, answered and thought, as markdown to keep."""

import time

from tutor.core.answers import in_words
from tutor.core.facts import Answered, Checked, Fact, GaveUp, Hinted, Operated, Predicted, Ran, Row
from tutor.core.lesson import (
    Body,
    Code,
    Lab,
    Lesson,
    Predict,
    Quiz,
    Reflect,
    Run,
)
from tutor.core.quiz import ask
from tutor.session.tutor import Tutor


def notebook(tutor: Tutor, lesson: Lesson | None = None) -> str:
    """The notebook of one lesson, or of the whole course.

    Args:
        tutor: The open course.
        lesson: Only this one.
    """
    rows = tutor.facts()
    title = lesson.title if lesson else tutor.course.title
    parts = [f"# Lab notebook: {title}"]
    if tutor.name:
        parts.append(f"Kept by {tutor.name}.")
    for each in [lesson] if lesson else tutor.course.lessons.values():
        lines = _lesson(tutor, each, rows)
        if lines:
            parts += [f"## {each.title}", *lines]
    if len(parts) <= 2:
        parts.append("Nothing is written yet.")
    return "\n\n".join(parts) + "\n"


def _lesson(tutor: Tutor, lesson: Lesson, rows: list[Row]) -> list[str]:
    parts = []
    for block in lesson.blocks:
        if not block.id:
            continue
        happened = [row for row in rows if getattr(row.fact, "block", "") == block.id]
        thought = tutor.progress.reflections.get(block.id, "")
        lines = [line for row in happened if (line := _line(tutor, block.body, row))]
        if not lines and not thought:
            continue
        parts.append(f"### {_kind(block.body)}: {tutor.title(block.body)}")
        if lines:
            parts.append("\n".join(lines))
        if thought:
            # Quoted, so that a heading the learner wrote stays in its place.
            parts.append("\n".join(f"> {line}".rstrip() for line in thought.splitlines()))
    return parts


def _kind(body: Body) -> str:
    match body:
        case Predict():
            return "Bet"
        case Run():
            return "Run"
        case Code():
            return "Code"
        case Lab():
            return "Lab"
        case Reflect():
            return "Thought"
        case _:
            return "Question"


def _line(tutor: Tutor, body: Body, row: Row) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.at))
    words = _words(tutor, body, row.fact)
    return f"- {when}  {words}" if words else ""


def _words(tutor: Tutor, body: Body, fact: Fact) -> str:
    match fact, body:
        case Predicted(choice=choice), Predict() if 0 <= choice < len(body.choice):
            chosen = body.choice[choice]
            text = tutor.plain(chosen.text) or chosen.case
            return f"I bet on: {text} ({_points(fact.points, fact.maximum)})"
        case Predicted(), _:
            return f"I drew a curve ({_points(fact.points, fact.maximum)})"
        case Ran(), _:
            knobs = ", ".join(f"{name} {value}" for name, value in fact.knobs.items())
            outcome = "passed" if fact.passed else "practice" if not fact.graded else "not yet"
            return f"{outcome}: {knobs or 'no knobs'}; seed {fact.seed} on {fact.device}"
        case Operated(), _:
            return f"worked at it: {_points(fact.points, fact.maximum)}"
        case Checked(), _:
            return f"checked my file: {_points(fact.points, fact.maximum)}"
        case Answered(), _ if isinstance(body, Quiz):
            words = in_words(ask(body, fact.seed), fact.answer, tutor.plain)
            return f"I answered {words} ({_points(fact.points, fact.maximum)})"
        case Hinted(index=index), _:
            return f"opened hint {index + 1}"
        case GaveUp(), _:
            return "asked for the answer"
        case _:
            return ""


def _points(points: float, maximum: float) -> str:
    return f"{points:g} of {maximum:g}"
