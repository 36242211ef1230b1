"""Where the built-in course lies, and finding one's way in a course."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import tutor
from tutor.core.course import Chapter, Course
from tutor.core.errors import TutorError
from tutor.core.layout import Row, layout
from tutor.core.lesson import Body, Code, Lab, Lesson, Prose, Run
from tutor.core.prose import Heading, Paragraph, ProseBlock, lines, plain

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


def built_in_course() -> Path:
    """The folder of the course that comes with the tutor: in the wheel, or in a checkout."""
    package = Path(tutor.__file__).parent
    inside = package / "_lessons"
    return inside if inside.is_dir() else package.parent / "lessons"


def find_lesson(course: Course, name: str) -> Lesson:
    """A lesson by its id, its number in the course or an unambiguous beginning of its id.

    Raises:
        TutorError: Where none or several fit; names the nearest.
    """
    if name in course.lessons:
        return course.lessons[name]
    ids = list(course.lessons)
    if name.isdecimal() and 1 <= int(name) <= len(ids):
        return course.lessons[ids[int(name) - 1]]
    begins = [each for each in ids if each.startswith(name)]
    if len(begins) == 1:
        return course.lessons[begins[0]]
    raise TutorError(f"There is no lesson `{name}`.", nearest(name, begins or ids, "lessons"))


def find_exercise(course: Course, name: str) -> tuple[Lesson, Run | Code]:
    """A run or code exercise by its id, with its lesson.

    Raises:
        TutorError: Where there is none of that id; names the nearest.
    """
    found = course.find(name)
    if found and isinstance(found[1], Run | Code):
        return found[0], found[1]
    ids = [
        block.id
        for lesson in course.lessons.values()
        for block in lesson.blocks
        if isinstance(block.body, Run | Code)
    ]
    raise TutorError(f"There is no exercise `{name}`.", nearest(name, ids, "exercises"))


def nearest(name: str, ids: list[str], kind: str) -> str:
    """A sentence that names what is written most alike, or the first few where nothing is."""
    near = difflib.get_close_matches(name, ids, n=3, cutoff=0.4) or ids[:8]
    return f"The nearest {kind}: {', '.join(near)}." if near else f"The course has no {kind}."


def chapter_of(course: Course, lesson: Lesson) -> Chapter | None:
    """The chapter that lists the lesson; None for a lone file."""
    return next((each for each in course.chapters if lesson.folder in each.lessons), None)


def title_of(body: Body) -> str:
    """A block in a few words, for lists and for the place where one stopped."""
    match body:
        case Prose(blocks=blocks):
            for block in blocks:
                if isinstance(block, Heading):
                    return plain(block.spans)
            return _first_words(blocks)
        case Run(title=title) | Code(title=title):
            return title
        case _:
            return getattr(body, "title", "") or getattr(body, "prompt", "")[:60]


def _first_words(blocks: tuple[ProseBlock, ...]) -> str:
    text = next((plain(each.spans) for each in blocks if isinstance(each, Paragraph)), "")
    return text[:60]


class Hit(NamedTuple):
    """Where a search found something."""

    lesson: Lesson
    block: int
    excerpt: str


def search(course: Course, text: str, limit: int = 50) -> list[Hit]:
    """Every block of the course that holds the text, whatever its case, lesson by lesson."""
    wanted = text.casefold().strip()
    hits: list[Hit] = []
    if not wanted:
        return hits
    for lesson in course.lessons.values():
        for index, block in enumerate(lesson.blocks):
            for line in text_lines(block.body):
                at = line.casefold().find(wanted)
                if at >= 0:
                    begin = max(0, at - 30)
                    hits.append(Hit(lesson, index, line[begin : at + len(wanted) + 50].strip()))
                    break
            if len(hits) >= limit:
                return hits
    return hits


def text_lines(body: Body) -> list[str]:
    """What a block says, for searching."""
    match body:
        case Prose(blocks=blocks):
            return [line for block in blocks for line in lines(block)]
        case Run(title=title, goal=goal):
            return [title, goal]
        case Lab(title=title, goal=goals):
            return [title, *(goal.why for goal in goals)]
        case _:
            return [title_of(body), getattr(body, "prompt", "")]


def neighbour(course: Course, lesson: Lesson, way: int) -> Lesson | None:
    """The next lesson (way 1) or the one before (-1), or None at the ends."""
    lessons = list(course.lessons.values())
    if lesson.id not in course.lessons:
        return None
    index = list(course.lessons).index(lesson.id) + way
    return lessons[index] if 0 <= index < len(lessons) else None


def source_of(tutor: "Tutor", body: Body) -> str:
    """A block as text to copy: prose as it is set, a code exercise as its path, else its words."""
    if isinstance(body, Code):
        return str(tutor.coding.path(body))
    if isinstance(body, Prose):
        rows = layout(body.blocks, 80)
        return "\n".join(map(row_text, rows))
    return title_of(body)


def row_text(row: Row) -> str:
    """A set row as plain text; the hard spaces that hold formulas together become plain ones."""
    return "".join(piece.text for piece in row).replace("\u00a0", " ").rstrip()
