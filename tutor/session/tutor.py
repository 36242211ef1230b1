"""An open course with its learner. Every screen and every command goes through here."""

from pathlib import Path
from typing import NamedTuple

from tutor.core.course import Course
from tutor.core.facts import Fact, Named, Placed, Reflected, Row
from tutor.core.layout import layout
from tutor.core.lesson import Body, Lesson, Quiz
from tutor.core.progress import Progress, fold
from tutor.core.prose import Figure, ProseBlock
from tutor.core.standing import Standing, standing
from tutor.core.text import visible
from tutor.session.coding import Coding
from tutor.session.devices import Devices
from tutor.session.instruments import Instruments
from tutor.session.ledger import Ledger
from tutor.session.library import built_in_course, find_lesson, row_text, title_of
from tutor.session.parsed import open_course
from tutor.session.predicting import Predicting
from tutor.session.quizzes import Quizzes
from tutor.session.recovering import Recovering
from tutor.session.regrading import note_pass, regrade
from tutor.session.reviewing import Reviewing
from tutor.session.sweeping import Sweeping
from tutor.session.training import Training
from tutor.session.trust import Trust
from tutor.store.paths import Places, places
from tutor.store.progress_db import ProgressStore


class Place(NamedTuple):
    """Where a learner is: a lesson and the index of a block in it."""

    lesson: Lesson
    block: int


class Tutor:
    """One learner on one course.

    Attributes:
        course: The course, parsed.
        places: Where data and the learner's code live.
        progress: Everything the learner did, folded.
        notices: Sentences the learner should see once, such as a salvaged database.
        quizzes: Asking and answering questions.
        coding: The learner's files and their checks.
        devices: What this machine has to train on.
        training: Starting, following and grading runs.
        predicting: Bets before a run.
        instruments: Labs, and what was reached in them.
        reviewing: What memory needs next.
        recovering: Runs that broke off.
        sweeping: Several runs that differ in a few knobs.
        trust: Whether this course's code may run.
    """

    def __init__(self, course: Course, where: Places, store: ProgressStore) -> None:
        self.course = course
        self.places = where
        self._store = store
        self.notices: list[str] = list(store.notices)
        self.progress: Progress = fold(store.rows(course.id))
        self.quizzes = Quizzes(self)
        self.coding = Coding(self)
        self.devices = Devices()
        self.training = Training(self)
        self.ledger = Ledger(self)
        self.predicting = Predicting(self)
        self.instruments = Instruments(self)
        self.reviewing = Reviewing(self)
        self.recovering = Recovering(self)
        self.sweeping = Sweeping(self)
        self.trust = Trust(self)

    @classmethod
    def open(cls, course: Path | None = None, home: Path | None = None) -> "Tutor":
        """Open a course, the built-in one by default, with the learner's progress in it.

        Raises:
            TutorError: If the course does not parse, or the progress is of a newer tutor.
        """
        where = places(home)
        parsed = open_course(course or built_in_course(), where.cache)
        tutor = cls(parsed, where, ProgressStore.open(where))
        tutor.notices += regrade(tutor)
        return tutor

    @property
    def built_in(self) -> bool:
        """Whether this is the course that comes with the tutor."""
        return Path(self.course.root).resolve() == built_in_course().resolve()

    # --- facts ----------------------------------------------------------------------------------

    def record(self, fact: Fact) -> None:
        """Write a fact down and fold it in; nothing is believed before it is written."""
        known = len(self._store.notices)
        row = self._store.append(self.course.id, fact)
        self.notices.extend(self._store.notices[known:])
        if self._store.renumbered:
            # Facts that had waited in memory were written under other numbers.
            self._store.renumbered = False
            self.progress = fold(self._store.rows(self.course.id))
            return
        # Another session may have written before us; its facts come first.
        self.refresh()
        self.progress.add(row)
        note_pass(self, fact)

    def refresh(self) -> None:
        """Take in what another session of the same learner wrote."""
        for row in self._store.rows_after(self.course.id, self.progress.last_row):
            self.progress.add(row)

    def facts(self) -> list[Row]:
        """Everything that happened in this course, in its order."""
        return self._store.rows(self.course.id)

    def draft(self, block: str) -> str | None:
        """An answer that was begun, as it was left."""
        return self._store.draft(self.course.id, block)

    def save_draft(self, block: str, text: str) -> None:
        """Keep an answer that is being written, on each key."""
        self._store.save_draft(self.course.id, block, text)

    def setting(self, key: str, default: str = "") -> str:
        """A setting of this learner, such as `theme` or `glyphs`."""
        return self._store.setting(key) or default

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting."""
        self._store.set_setting(key, value)

    # --- the learner ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The learner's name; may be empty."""
        return self.progress.name

    def introduce(self, name: str) -> None:
        """Remember the learner's name."""
        if name.strip() != self.progress.name:
            self.record(Named(name=name.strip()))

    # --- lessons ----------------------------------------------------------------------------------

    def lesson(self, name: str) -> Lesson:
        """A lesson by id, number or beginning of its id. Raises TutorError where there is none."""
        return find_lesson(self.course, name)

    def standing(self, lesson: Lesson) -> Standing:
        """Points, passes and what is left of a lesson."""
        return standing(lesson, self.progress)

    def resume(self) -> Place:
        """Where Enter on Home goes: where the learner stopped, or the first lesson not passed."""
        last = self.course.lessons.get(self.progress.last_lesson)
        if last is not None and not self.standing(last).passed:
            return Place(last, self._block(last))
        for lesson in self.course.lessons.values():
            if not self.standing(lesson).passed:
                return Place(lesson, self._block(lesson))
        first = last or next(iter(self.course.lessons.values()))
        return Place(first, self._block(first))

    def place(self, lesson: Lesson, block: int) -> None:
        """Remember that the learner reads this block; written only when it changes."""
        here = (self.progress.last_lesson, self.progress.places.get(lesson.id))
        if here != (lesson.id, block):
            self.record(Placed(lesson=lesson.id, block=block))

    def _block(self, lesson: Lesson) -> int:
        return min(self.progress.places.get(lesson.id, 0), max(0, len(lesson.blocks) - 1))

    def reflect(self, block: str, text: str) -> None:
        """Write a reflection into the lab notebook."""
        self.record(Reflected(block=block, text=text))

    def asset(self, lesson: Lesson, path: str) -> Path:
        """A file of a lesson's folder; the parser has proved that it lies inside the course."""
        return Path(self.course.root, lesson.folder, path)

    def figure(self, lesson: Lesson, figure: Figure) -> str | None:
        """The text of a figure that is drawn in text; None for any other picture."""
        path = self.asset(lesson, figure.path)
        if path.suffix != ".txt":
            return None
        try:
            return visible(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def markdown(self, text: str) -> tuple[ProseBlock, ...]:
        """A prompt, a choice or a reason as prose."""
        from tutor.content.parse import parse_inline

        return parse_inline(text)

    def plain(self, text: str) -> str:
        """A prompt, a choice or a reason as plain text."""
        rows = layout(self.markdown(text), 10_000)
        return "\n".join(map(row_text, rows)).strip()

    def title(self, body: Body) -> str:
        """A block in a few plain words, a question with its present values filled in."""
        if isinstance(body, Quiz):
            return self.plain(self.quizzes.ask(body).asked.prompt)
        return self.plain(title_of(body))

    def owner(self, body: Body) -> Lesson:
        """The lesson that holds a directive."""
        return next(
            lesson
            for lesson in self.course.lessons.values()
            if any(block.body is body for block in lesson.blocks)
        )

    def close(self) -> None:
        """Close the database."""
        self._store.close()
