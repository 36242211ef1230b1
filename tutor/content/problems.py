"""What is wrong with a course: where, why, and what to do about it."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.text import visible


class Problem(Struct, frozen=True):
    """One finding of the author's, at its place in a file.

    Attributes:
        path: The file, as seen from the course's folder.
        line: Line in it, from 1.
        message: What is wrong, in one sentence.
        fix: What to do about it, in one sentence; may be empty.
        level: An error fails the check; a warning is advice.
    """

    path: str
    line: int
    message: str
    fix: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return visible(f"{self.path}:{self.line}: {self.message} {self.fix}".rstrip())


class CourseErrors(TutorError):
    """A course that cannot be opened, with everything that is wrong with it.

    Attributes:
        problems: Every error, file by file.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} errors" if len(problems) != 1 else "an error"
        super().__init__(
            f"The course cannot be opened: it has {count}.",
            f"{problems[0]} `dlwalk-tutor check` lists all." if problems else "",
        )
        self.problems = list(problems)


def nearest(name: str, known: Iterable[str], kind: str) -> str:
    """A sentence that names the most similar known name, or all of them where none is similar."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    if not names:
        return f"There are no {kind}."
    some = ", ".join(f"`{each}`" for each in names[:16])
    return f"Known {kind}: {some}{' and more' if len(names) > 16 else ''}."


def by_place(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of files and lines, each once."""
    return sorted(set(problems), key=lambda each: (each.path, each.line, each.message))
