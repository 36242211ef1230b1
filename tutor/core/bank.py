"""The question bank in the forms that other programs import, with ids that stay the same.

GIFT is Moodle's text format (https://docs.moodle.org/en/GIFT_format); its `// [id:...]` comment sets
a question's id number. Anki reads text separated by tabs with its file headers
(https://docs.ankiweb.net/importing/text-files.html); the guid in the first column lets a second
import update the notes.
"""

import html
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tutor.core.answers import right_answers
from tutor.core.lesson import (
    Blank,
    Match,
    Multiple,
    Number,
    Order,
    Output,
    Quiz,
    Shape,
    Single,
    TextAnswer,
)
from tutor.core.quiz import Asked, ask, fill, gaps, grade, with_gaps

SEED = 0
"""A parameterised question is exported with one draw of its values, always the same."""
Plain = Callable[[str], str]


class Entry(NamedTuple):
    """A question and where it stands."""

    question: Quiz
    lesson: str
    """The lesson's title."""
    snippet: str = ""
    """The code that an `output` question asks about."""


def gift(course: str, entries: Iterable[Entry], plain: Plain) -> tuple[str, list[str]]:
    """The bank in GIFT, and the ids that GIFT has no form for.

    Args:
        course: The course's title, which becomes the category.
        entries: The questions.
        plain: Makes plain text of markdown.
    """
    parts = [f"$CATEGORY: {_one_line(course)}\n"]
    left_out = []
    for entry in entries:
        body = _gift_answers(entry.question, plain)
        if body is None:
            left_out.append(entry.question.id)
            continue
        topic = f" [tag:{_one_line(entry.question.topic)}]" if entry.question.topic else ""
        prompt = _escaped(_prompt(entry, plain))
        parts.append(
            f"// [id:{entry.question.id}] [tag:{_one_line(entry.lesson)}]{topic}\n"
            f"::{_escaped(entry.question.id)}::{prompt} {{\n{body}\n}}\n"
        )
    return "\n".join(parts), left_out


def _prompt(entry: Entry, plain: Plain) -> str:
    question = entry.question
    text = plain(ask(question, SEED).prompt)
    if isinstance(question, Blank):
        text = f"{text}\n{with_gaps(question)}"
    return f"{text}\n{entry.snippet}".strip() if entry.snippet else text


def _gift_answers(question: Quiz, plain: Plain) -> str | None:
    asked = ask(question, SEED)
    lines: list[str] = []
    match question:
        case Single():
            lines = [
                f"{'=' if c.correct else '~'}{_escaped(plain(c.text))}#{_escaped(plain(c.why))}"
                for c in question.choice
            ]
        case Multiple():
            right = sum(c.correct for c in question.choice)
            share = f"{100 / right:.5f}".rstrip("0").rstrip(".")
            lines = [
                f"~%{'' if c.correct else '-'}{share}%{_escaped(plain(c.text))}"
                f"#{_escaped(plain(c.why))}"
                for c in question.choice
            ]
        case Number():
            lines = [f"#{_number(question, asked)}#{_why(question.why, asked.values, plain)}"]
        case TextAnswer() | Output():
            lines = [
                f"={_escaped(form)}#{_escaped(plain(question.why))}" for form in question.accept
            ]
        case Shape():
            lines = [f"={_escaped(question.answer)}#{_escaped(plain(question.why))}"]
        case Match():
            lines = [
                f"={_escaped(plain(left))} -> {_escaped(plain(right_side))}"
                for left, right_side in question.pairs
            ]
        case Order():
            lines = [
                f"={place} -> {_escaped(plain(item))}"
                for place, item in enumerate(question.items, 1)
            ]
        case Blank():
            names = gaps(question)
            if len(names) > 1:
                return None
            lines = [f"={_escaped(form)}" for form in question.accept[names[0]]]
    return "\n".join(lines)


def _number(question: Number, asked: Asked) -> str:
    if question.range is not None:
        return f"{question.range[0]:.12g}..{question.range[1]:.12g}"
    return f"{float(str(right_answers(asked)[0])):.12g}:{question.tolerance or 0:g}"


def _why(text: str, values: dict[str, float], plain: Plain) -> str:
    return _escaped(plain(fill(text, values)))


def _escaped(text: str) -> str:
    r"""Text with GIFT's own signs made plain; a line break is written `\n`."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", text.strip()).replace("\n", "\\n")


def _one_line(text: str) -> str:
    return re.sub(r"[\s\[\]]+", " ", text).strip()


def anki(course: str, entries: Iterable[Entry], plain: Plain) -> str:
    """The bank as notes of two sides: the question, and its answer with the reason.

    Args:
        course: The course's id, which becomes a part of every guid.
        entries: The questions.
        plain: Makes plain text of markdown.
    """
    lines = ["#separator:tab", "#html:true", "#guid column:1", "#tags column:4"]
    for entry in entries:
        asked = ask(entry.question, SEED)
        verdict = grade(asked, right_answers(asked)[0])
        front = _prompt(entry, plain)
        if isinstance(entry.question, Single | Multiple):
            front += "".join(f"\n- {plain(choice.text)}" for choice in entry.question.choice)
        back = "\n".join(plain(text) for text in (verdict.answer, *verdict.why) if text)
        tags = " ".join(
            re.sub(r"\s+", "-", tag) for tag in (entry.lesson, entry.question.topic) if tag
        )
        guid = f"{course}/{entry.question.id}"
        lines.append("\t".join([guid, _cell(front), _cell(back), tags.replace("\t", "-")]))
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return html.escape(text).replace("\t", "    ").replace("\n", "<br>")
