"""Progress: what follows from the facts.

Progress is a fold over facts, so a rule of credit can change and nothing is lost. The rules:

- the best attempt counts; first and last are kept beside it;
- a second try at a question without parameters earns at most half, and that is said beforehand;
- a bet counts once;
- after a give-up a block earns nothing more; what it had earned stays;
- a practice run, with a fixed knob turned or one of a sweep, is no attempt: it earns and costs nothing;
- a chapter's test counts by itself and changes no lesson's points;
- a regrade counts where it is better than what was earned, and a lesson once passed stays passed.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from tutor.core.facts import (
    Answered,
    Checked,
    GaveUp,
    Hinted,
    Named,
    Operated,
    Passed,
    Placed,
    Predicted,
    Ran,
    Reflected,
    Regraded,
    Reviewed,
    ReviewUndone,
    Row,
    SatTest,
)
from tutor.core.lesson import Quiz
from tutor.core.quiz import Answer

LATER_SHARE = 0.5
"""What a later attempt at the same question earns of its points."""


class BlockRecord(Struct):
    """What happened with one block."""

    attempts: int = 0
    first: float | None = None
    first_maximum: float = 0.0
    best: float | None = None
    last: float | None = None
    share: float = 0.0
    """The best attempt as a share of what it could earn then: points may change with the course."""
    maximum: float = 0.0
    passed: bool = False
    hints: int = 0
    given_up: bool = False
    last_answer: Answer | None = None
    sketch: tuple[float, ...] = ()
    last_seed: int = 0

    @property
    def first_share(self) -> float:
        """The first attempt as a share of what it could earn."""
        return (self.first or 0.0) / self.first_maximum if self.first_maximum else 0.0

    def credit(self, points: float, maximum: float) -> float:
        """Take in what an attempt earned."""
        self.attempts += 1
        earned = 0.0 if self.given_up else points
        self.maximum = maximum
        if self.first is None:
            self.first, self.first_maximum = earned, maximum
        self.last = earned
        self.best = max(earned, self.best or 0.0)
        self.share = max(self.share, earned / maximum if maximum else 0.0)
        return earned

    def regrade(self, points: float, maximum: float) -> None:
        """Take in what a newer key makes of an old answer; it never lowers anything."""
        self.maximum = maximum
        self.best = max(points, self.best or 0.0)
        self.share = max(self.share, points / maximum if maximum else 0.0)
        self.passed |= points >= maximum and not self.given_up


class Progress(Struct):
    """Everything a learner did in a course, folded."""

    name: str = ""
    last_row: int = 0
    last_lesson: str = ""
    places: dict[str, int] = field(default_factory=dict)
    """Block the learner stands at, by lesson."""
    furthest: dict[str, int] = field(default_factory=dict)
    blocks: dict[str, BlockRecord] = field(default_factory=dict)
    runs: dict[str, Ran] = field(default_factory=dict)
    """Runs that were graded or recorded, by their id."""
    reflections: dict[str, str] = field(default_factory=dict)
    passed: dict[str, Passed] = field(default_factory=dict)
    """Lessons, with how they were first passed."""
    tests: dict[str, list[SatTest]] = field(default_factory=dict)
    """Attempts at the tests of chapters, in their order."""

    @property
    def runs_graded(self) -> set[str]:
        """Ids of the runs that were recorded."""
        return set(self.runs)

    def add(self, row: Row) -> None:
        """Fold one more fact in; a row that is already in changes nothing."""
        if row.id <= self.last_row:
            return
        self.last_row = row.id
        match row.fact:
            case Named(name=name):
                self.name = name
            case Placed(lesson=lesson, block=block):
                self.last_lesson = lesson
                self.places[lesson] = block
                self.furthest[lesson] = max(block, self.furthest.get(lesson, 0))
            case Reflected(block=block, text=text):
                self.reflections[block] = text
            case Hinted(block=block, index=index):
                record = self._record(block)
                record.hints = max(record.hints, index + 1)
            case GaveUp(block=block):
                self._record(block).given_up = True
            case Answered() | Checked() | Operated() | Predicted() | Ran():
                self._attempt(row.fact)
            case Passed(lesson=lesson):
                self.passed.setdefault(lesson, row.fact)
            case Regraded():
                self._record(row.fact.block).regrade(row.fact.points, row.fact.maximum)
            case SatTest(chapter=chapter):
                self.tests.setdefault(chapter, []).append(row.fact)
            case Reviewed() | ReviewUndone():
                pass  # core.review folds these

    def _record(self, block: str) -> BlockRecord:
        return self.blocks.setdefault(block, BlockRecord())

    def _attempt(self, fact: Answered | Checked | Operated | Predicted | Ran) -> None:
        record = self._record(fact.block)
        match fact:
            case Answered():
                halved = record.attempts and not fact.fresh
                full = fact.points >= fact.maximum
                record.credit(fact.points * (LATER_SHARE if halved else 1.0), fact.maximum)
                record.passed |= full and not record.given_up
                record.last_answer, record.last_seed = fact.answer, fact.seed
            case Checked():
                record.credit(fact.points, fact.maximum)
                record.passed |= fact.passed and not record.given_up
            case Operated():
                record.credit(fact.points, fact.maximum)
                record.passed |= fact.points >= fact.maximum and not record.given_up
            case Predicted():
                if not record.attempts:
                    record.credit(fact.points, fact.maximum)
                    record.passed = fact.points >= fact.maximum and not record.given_up
                    record.last_answer, record.sketch = fact.choice, fact.sketch
            case Ran():
                if fact.run in self.runs:
                    return
                self.runs[fact.run] = fact
                if fact.graded:
                    record.credit(fact.points, fact.maximum)
                    record.passed |= fact.passed and not record.given_up


def fold(rows: Iterable[Row]) -> Progress:
    """Progress from facts, in the order of their ids whatever order they come in."""
    progress = Progress()
    for row in sorted(rows, key=lambda row: row.id):
        progress.add(row)
    return progress


def worth(question: Quiz, record: BlockRecord | None) -> float:
    """The most the next attempt at a question can earn."""
    if record is not None and record.given_up:
        return 0.0
    later = record is not None and record.attempts > 0 and not question.params
    return question.points * (LATER_SHARE if later else 1.0)
