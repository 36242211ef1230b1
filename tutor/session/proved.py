"""Which lessons were proved as they stand: a digest of all that their proofs rest on.

Proving a course of dozens of lessons takes hours. `check --run --stamp` writes the digest of each
lesson that came out as it says into its folder; `check --run --share` runs those lessons whose digest
is another by now, and a fixed share of the others: a fault of the program itself shows in those.
"""

import hashlib
import math
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from tutor.content.course import LESSON
from tutor.content.markdown import Fenced, Reader
from tutor.core.course import Course
from tutor.core.errors import TutorError
from tutor.core.lesson import Code, Lesson, Run
from tutor.core.text import visible
from tutor.session.bands import PROGRAM, module_file, reached

STAMP = "proved.txt"
"""In the lesson's `reference`: the digest, in hexadecimal, and a newline."""
SEEDS = 3
"""A lesson is proved on so many at least."""


class Due(Struct, frozen=True):
    """Lessons to run, by their ids.

    Attributes:
        changed: They differ from the state that was proved, or never were.
        share: The fixed share of the others.
    """

    changed: tuple[str, ...]
    share: tuple[str, ...]


def due(course: Course, one_in: int) -> Due:
    """What is to be proved again: what changed, and one in so many of the course whether or not."""
    changed = tuple(each.id for each in course.lessons.values() if not is_proved(course, each))
    # By a hash, so that it is the same lessons each time, wherever they stand in the course.
    mixed = sorted(course.lessons, key=lambda name: hashlib.sha256(name.encode()).digest())
    share = mixed[: math.ceil(len(mixed) / one_in)]
    return Due(changed, tuple(name for name in course.lessons if name in share))


def is_proved(course: Course, lesson: Lesson) -> bool:
    """Whether a lesson was proved in the state that it is in."""
    try:
        kept = _stamp(course, lesson).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return kept == digest(course, lesson)


def stamp(course: Course, lesson: Lesson, proved: str | None) -> None:
    """Write down what was proved.

    Args:
        course: The course.
        lesson: Which of its lessons.
        proved: The digest from before it was run; None takes back what stood there.

    Raises:
        TutorError: If it cannot be written.
    """
    path = _stamp(course, lesson)
    try:
        if proved is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{proved}\n", encoding="ascii")
    except OSError as error:
        raise TutorError(f"{visible(str(path))} cannot be written: {error.strerror}.") from error


def digest(course: Course, lesson: Lesson) -> str:
    """Hash of all that a lesson's proofs rest on.

    That is its directives (a word of its prose may change), the other files of its folder, the
    files of `models` that any of them reaches with the data they name, and the solutions of other
    lessons that its runs use. The same in every checkout.
    """
    found = hashlib.sha256()
    for name, data in sorted(_parts(course, lesson)):
        found.update(msgspec.msgpack.encode((name, data)))
    return found.hexdigest()


def _stamp(course: Course, lesson: Lesson) -> Path:
    return Path(course.root, lesson.folder, "reference", STAMP)


def _parts(course: Course, lesson: Lesson) -> Iterator[tuple[str, bytes]]:
    folder = Path(course.root, lesson.folder)
    sources: set[Path] = set()
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        passed_over = any(part.startswith((".", "__")) for part in name.parts)
        if passed_over or name.parts[0] == "reference" or not path.is_file():
            continue
        data = path.read_bytes()
        yield name.as_posix(), _directives(data) if name.name == LESSON else data
        if path.suffix == ".py":
            reached(path, sources)
    for block in lesson.blocks:
        if isinstance(block.body, Run):
            reached(module_file(block.body.entry.partition(":")[0]), sources)
            yield from _used(course, block.body)
    for source in sources - {module_file("models.reading")}:
        if source.is_relative_to(PROGRAM) and not source.is_relative_to(folder):
            yield source.relative_to(PROGRAM).as_posix(), source.read_bytes()


def _directives(data: bytes) -> bytes:
    pieces = Reader(data.decode("utf-8", "replace"), directives=True).pieces()
    return msgspec.json.encode([(p.kind, p.text) for p in pieces if isinstance(p, Fenced)])


def _used(course: Course, run: Run) -> Iterator[tuple[str, bytes]]:
    found = course.find(run.uses) if run.uses else None
    if found is not None:
        lesson, code = found
        assert isinstance(code, Code), "the parser proves that `uses` names a code exercise"
        yield f"uses {code.id}", Path(course.root, lesson.folder, code.solution).read_bytes()
