"""A lesson while it is written: parsed anew at each save, with a home that is thrown away."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tutor.content.course import COURSE, LESSON, read_course
from tutor.content.lint import lint_course
from tutor.content.problems import Problem
from tutor.core.errors import TutorError
from tutor.core.lesson import Lesson
from tutor.core.text import visible
from tutor.session.tutor import Tutor


class Previewing:
    """One lesson file and the course around it.

    Attributes:
        tutor: The course, opened in a home of its own: nothing here is progress.
        problems: What `check` says of the lesson as it stands on the disk.
    """

    def __init__(self, tutor: Tutor, root: Path, file: Path) -> None:
        self.tutor = tutor
        self._root = root
        self._file = file
        self._stamps = self._look_at_files()
        self.problems = self._lint()

    @classmethod
    @contextlib.contextmanager
    def open(cls, file: Path, *, trusted: bool = False) -> Iterator["Previewing"]:
        """Open a lesson's course for as long as it is previewed.

        Args:
            file: The lesson's markdown, or its folder.
            trusted: Whether its code may run.

        Raises:
            TutorError: If there is no such file, or its course does not parse.
        """
        file = (file / LESSON if file.is_dir() else file).resolve()
        if not file.is_file():
            raise TutorError(f"There is no lesson {visible(str(file))}.")
        parents = [folder for folder in list(file.parents)[:4] if (folder / COURSE).is_file()]
        root = parents[0] if parents else file
        with tempfile.TemporaryDirectory(prefix="dlwalk-preview-") as home:
            tutor = Tutor.open(root, Path(home))
            if trusted:
                tutor.trust.grant()
            try:
                yield cls(tutor, root, file)
            finally:
                tutor.close()

    @property
    def lesson(self) -> Lesson:
        """The lesson as it was last parsed without an error."""
        root = Path(self.tutor.course.root)
        for lesson in self.tutor.course.lessons.values():
            if (root / lesson.folder).resolve() == self._file.parent:
                return lesson
        return next(iter(self.tutor.course.lessons.values()))

    def changed(self) -> bool:
        """Whether a file of the lesson was saved since the last look; if so it is parsed anew.

        With an error in it the last good state stays, and `problems` says what is wrong.
        """
        stamps = self._look_at_files()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        self.problems = self._lint()
        if not any(problem.level == "error" for problem in self.problems):
            course, _ = read_course(self._root)
            if course is not None and course.lessons:
                self.tutor.course = course
        return True

    def _lint(self) -> list[Problem]:
        return lint_course(self._file.parent if self._root.is_dir() else self._file)

    def _look_at_files(self) -> list[tuple[str, int, int]]:
        found = []
        for path in sorted(self._file.parent.rglob("*")):
            # An editor may take a file away for a moment while it saves.
            with contextlib.suppress(OSError):
                if path.is_file() and "__pycache__" not in path.parts:
                    stat = path.stat()
                    found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return found
