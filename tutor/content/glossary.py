"""`glossary.toml` to terms, with every fault at its line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tutor.content.directives import read_toml
from tutor.content.files import read_text
from tutor.content.key_lines import KeyLines
from tutor.content.problems import Problem, nearest
from tutor.content.schema import convert
from tutor.core.glossary import GlossaryFile, Term, said
from tutor.core.lesson import Lesson, Prose
from tutor.core.prose import lines
from tutor.core.text import visible

GLOSSARY = "glossary.toml"
MOST_WORDS = 60
"""What is longer than two sentences is a lesson's to say."""


class Glossed(NamedTuple):
    """A glossary as it was read.

    Attributes:
        terms: Its terms; none where there is no file, or one that cannot be used.
        lines: Which line of the file a key stands on; None without a file.
        problems: What keeps the course from being opened.
    """

    terms: tuple[Term, ...] = ()
    lines: KeyLines | None = None
    problems: tuple[Problem, ...] = ()


def read_glossary(root: Path, lessons: Mapping[str, Lesson], *, complete: bool) -> Glossed:
    """Read a course's glossary, where it has one.

    Args:
        root: The course's folder.
        lessons: Its lessons by id.
        complete: Whether every listed lesson is among them; else one may only be broken.
    """
    if not (root / GLOSSARY).is_file():
        return Glossed()
    text, problems = read_text(root / GLOSSARY, GLOSSARY)
    if text is None:
        return Glossed(problems=tuple(problems))
    toml = read_toml(visible(text))
    problems += [Problem(GLOSSARY, line, fault.message, fault.fix) for line, fault in toml.faults]
    if toml.broken:
        return Glossed(problems=tuple(problems))
    file, faults = convert(toml.data, GlossaryFile)
    problems += [
        Problem(GLOSSARY, toml.lines.at(fault.path), fault.message, fault.fix) for fault in faults
    ]
    terms = file.term if file else ()
    problems += _twice(terms, toml.lines)
    if complete:
        problems += _unknown(terms, toml.lines, lessons)
    return Glossed(terms, toml.lines, tuple(problems))


def _twice(terms: tuple[Term, ...], at: KeyLines) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, term in enumerate(terms):
        for name in term.names:
            line = at.at(("term", index, "term" if name == term.term else "also"))
            first = seen.setdefault(name.casefold().strip(), line)
            if first != line:
                message = f"`{name}` is explained on line {first} already."
                yield Problem(GLOSSARY, line, message, "Keep one of the two.")


def _unknown(
    terms: tuple[Term, ...], at: KeyLines, lessons: Mapping[str, Lesson]
) -> Iterator[Problem]:
    for index, term in enumerate(terms):
        if term.lesson not in lessons:
            message = f"`{term.term}` is of the lesson `{term.lesson}`, which there is not."
            fix = nearest(term.lesson, lessons, "lessons")
            yield Problem(GLOSSARY, at.at(("term", index, "lesson")), message, fix)


def lint_glossary(glossed: Glossed, lessons: Mapping[str, Lesson]) -> Iterator[Problem]:
    """Find what a reader can live with and an author should not."""
    if glossed.lines is None:
        return
    for index, term in enumerate(glossed.terms):
        line = glossed.lines.at(("term", index, "text"))
        if not term.text.strip():
            yield Problem(GLOSSARY, line, f"`{term.term}` is not explained.", "Write its `text`.")
        if len(term.text.split()) > MOST_WORDS:
            message = f"`{term.term}` is explained in {len(term.text.split())} words."
            yield Problem(GLOSSARY, line, message, "One or two sentences do.", "warning")
        lesson = lessons.get(term.lesson)
        if lesson is not None and not said(term, _words(lesson)):
            message = f"The lesson `{lesson.id}` does not say `{term.term}`."
            fix = "Name the lesson that explains it, or add the form it uses to `also`."
            line = glossed.lines.at(("term", index, "lesson"))
            yield Problem(GLOSSARY, line, message, fix, "warning")


def _words(lesson: Lesson) -> str:
    prose = (block.body for block in lesson.blocks if isinstance(block.body, Prose))
    return "\n".join(line for body in prose for each in body.blocks for line in lines(each))
