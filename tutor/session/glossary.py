"""The glossary of a course: looking a word up, and what of it a lesson uses."""

from typing import NamedTuple

from tutor.core.course import Course
from tutor.core.errors import TutorError
from tutor.core.glossary import Term, said
from tutor.core.lesson import Lesson, Prose
from tutor.core.prose import runs
from tutor.session.library import nearest, text_lines


class Shelf(NamedTuple):
    """Terms that stand together."""

    title: str
    terms: list[Term]


def look_up(course: Course, name: str) -> Term:
    """A term by its name, one of its other forms, or an unambiguous beginning; any case.

    Raises:
        TutorError: Where none or several fit; names the nearest.
    """
    wanted = name.casefold().strip()
    names = {each: term for term in course.glossary for each in term.names}
    same = [term for each, term in names.items() if each.casefold() == wanted]
    begins = [each for each in names if wanted and each.casefold().startswith(wanted)]
    found = same or [names[each] for each in begins]
    if found and all(each is found[0] for each in found):
        return found[0]
    if begins:
        some = dict.fromkeys(names[each].term for each in begins)
        raise TutorError(f"Several terms begin with `{name}`.", f"{', '.join(list(some)[:8])}.")
    raise TutorError(f"There is no term `{name}`.", nearest(name, list(names), "terms"))


def shelves(course: Course, lesson: Lesson | None = None) -> list[Shelf]:
    """Every term by its name: first what a lesson explains, then what it uses, then the others."""
    terms = sorted(course.glossary, key=lambda term: term.term.casefold())
    if lesson is None:
        return [Shelf("Every term", terms)] if terms else []
    text = "\n".join(line for block in lesson.blocks for line in text_lines(block.body))
    own = [term for term in terms if term.lesson == lesson.id]
    used = [term for term in terms if term not in own and said(term, text)]
    rest = [term for term in terms if term not in own and term not in used]
    titled = (("Of this lesson", own), ("Used in it", used), ("All others", rest))
    return [Shelf(title, found) for title, found in titled if found]


def place_of(course: Course, term: Term) -> tuple[Lesson, int]:
    """The lesson that explains a term, and the block where it does: in bold, else at its first use."""
    lesson = course.lessons[term.lesson]
    prose = [
        (index, block.body)
        for index, block in enumerate(lesson.blocks)
        if isinstance(block.body, Prose)
    ]
    bold = (index for index, body in prose if any(said(term, text) for text in _bold(body)))
    used = (index for index, body in prose if any(said(term, line) for line in text_lines(body)))
    return lesson, next(bold, next(used, 0))


def _bold(body: Prose) -> list[str]:
    spans = (span for block in body.blocks for run in runs(block) for span in run)
    return [span.text for span in spans if "strong" in span.marks]
