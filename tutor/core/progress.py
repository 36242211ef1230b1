"""Facts and what follows from them.

A fact is something that happened; it is only ever added. Progress is a fold over facts, so a rule
of credit can change and nothing is lost. The rules:

- the best attempt counts; first and last are kept beside it;
- a second try at a question without parameters earns at most half, and that is said beforehand;
- a bet counts once;
- after a give-up a block earns nothing more; what it had earned stays;
- a practice run, with a fixed knob turned, earns nothing.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from tutor.core.lesson import (
    Body,
    Code,
    Directive,
    Lab,
    Lesson,
    Predict,
    Prose,
    Quiz,
    Reflect,
    Run,
    Scalar,
    graded_points,
)
from tutor.core.quiz import Answer

LATER_SHARE = 0.5
"""What a later attempt at the same question earns of its points."""


# --- facts --------------------------------------------------------------------------------------


class Named(Struct, frozen=True, tag=True):
    """The learner's name."""

    name: str


class Placed(Struct, frozen=True, tag=True):
    """The learner stands at this block."""

    lesson: str
    block: int


class Answered(Struct, frozen=True, tag=True, kw_only=True):
    """An answer to a question, with the points it was judged at, before rules of credit."""

    block: str
    answer: Answer
    seed: int
    points: float
    maximum: float
    hints: int = 0
    fresh: bool = False
    """The question draws new values for each attempt."""


class Ran(Struct, frozen=True, tag=True, kw_only=True):
    """A training run that ended."""

    block: str
    run: str
    knobs: dict[str, Scalar]
    seed: int
    device: str
    points: float
    maximum: float
    passed: bool
    graded: bool
    reason: str
    evidence: dict[str, Any] = {}


class Checked(Struct, frozen=True, tag=True, kw_only=True):
    """A file that was checked."""

    block: str
    run: str
    code_hash: str
    points: float
    maximum: float
    passed: bool
    seed: int = 0


class Predicted(Struct, frozen=True, tag=True, kw_only=True):
    """A bet."""

    block: str
    choice: int
    """The chosen curve; -1 for one that was drawn."""
    points: float
    maximum: float
    sketch: tuple[float, ...] = ()
    """The anchors of a drawn curve, from 0 to 1 on its y axis."""


class Reflected(Struct, frozen=True, tag=True):
    """A page of the lab notebook."""

    block: str
    text: str


class Hinted(Struct, frozen=True, tag=True):
    """A hint was opened."""

    block: str
    index: int


class GaveUp(Struct, frozen=True, tag=True):
    """The learner asked for the answer."""

    block: str


class Reviewed(Struct, frozen=True, tag=True, kw_only=True):
    """A block came up for review. It changes no points: those were earned in the lesson."""

    block: str
    rating: int
    """1 forgotten, 2 hard, 3 good, 4 easy."""
    seed: int
    points: float
    maximum: float
    answer: Answer | None = None


class ReviewUndone(Struct, frozen=True, tag=True):
    """A review was keyed by mistake; it counts as not done."""

    row: int
    """The id of its row."""


Fact = (
    Named
    | Placed
    | Answered
    | Ran
    | Checked
    | Predicted
    | Reflected
    | Hinted
    | GaveUp
    | Reviewed
    | ReviewUndone
)


class Row(Struct, frozen=True):
    """A fact as it was written down."""

    id: int
    at: float
    """Seconds since the epoch (UTC)."""
    course: str
    fact: Fact


# --- the fold -----------------------------------------------------------------------------------


class BlockRecord(Struct):
    """What happened with one block."""

    attempts: int = 0
    first: float | None = None
    best: float | None = None
    last: float | None = None
    maximum: float = 0.0
    passed: bool = False
    hints: int = 0
    given_up: bool = False
    last_answer: Answer | None = None
    sketch: tuple[float, ...] = ()
    last_seed: int = 0

    def credit(self, points: float, maximum: float) -> float:
        """Take in what an attempt earned."""
        self.attempts += 1
        earned = 0.0 if self.given_up else points
        self.maximum = maximum
        self.first = earned if self.first is None else self.first
        self.last = earned
        self.best = max(earned, self.best or 0.0)
        return earned


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
            case Answered() | Checked() | Predicted() | Ran():
                self._attempt(row.fact)
            case Reviewed() | ReviewUndone():
                pass  # core.review folds these

    def _record(self, block: str) -> BlockRecord:
        return self.blocks.setdefault(block, BlockRecord())

    def _attempt(self, fact: Answered | Checked | Predicted | Ran) -> None:
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
            case Predicted():
                if not record.attempts:
                    record.credit(fact.points, fact.maximum)
                    record.passed = fact.points >= fact.maximum and not record.given_up
                    record.last_answer, record.sketch = fact.choice, fact.sketch
            case Ran():
                if fact.run in self.runs:
                    return
                self.runs[fact.run] = fact
                record.credit(fact.points if fact.graded else 0.0, fact.maximum)
                record.passed |= fact.passed and fact.graded and not record.given_up


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


# --- standing -----------------------------------------------------------------------------------


class BlockStanding(Struct, frozen=True):
    """What a learner has of one directive."""

    earned: float
    maximum: float
    passed: bool
    attempts: int
    first: float
    given_up: bool
    hints: int


class Standing(Struct, frozen=True):
    """What a learner has of a lesson."""

    points: float
    maximum: float
    passed: bool
    """The share that the lesson asks for is reached."""
    done_blocks: int
    total_blocks: int
    """Directives that can be done."""
    minutes_left: float
    blocks: dict[str, BlockStanding]


def standing(lesson: Lesson, progress: Progress) -> Standing:
    """Points, passes and what is left of a lesson."""
    blocks: dict[str, BlockStanding] = {}
    done = total = 0
    for block in lesson.blocks:
        if isinstance(block.body, Directive) and not isinstance(block.body, Lab):
            record = progress.blocks.get(block.id)
            blocks[block.id] = _block_standing(block.body, record)
            total += 1
            reflected = isinstance(block.body, Reflect) and block.id in progress.reflections
            done += bool(reflected or (record and (record.attempts or record.given_up)))
    points = sum(each.earned for each in blocks.values())
    maximum = sum(each.maximum for each in blocks.values())
    return Standing(
        points=points,
        maximum=maximum,
        passed=_passed(lesson, progress, points, maximum),
        done_blocks=done,
        total_blocks=total,
        minutes_left=_minutes_left(lesson, progress, blocks),
        blocks=blocks,
    )


def _passed(lesson: Lesson, progress: Progress, points: float, maximum: float) -> bool:
    if maximum:
        return points >= lesson.passing * maximum - 1e-9
    # Where there is nothing to earn, reading to the end is what passes.
    return progress.furthest.get(lesson.id, -1) >= len(lesson.blocks) - 1


def _block_standing(body: Body, record: BlockRecord | None) -> BlockStanding:
    maximum = graded_points(body)
    found = record or BlockRecord()
    return BlockStanding(
        earned=min(found.best or 0.0, maximum),
        maximum=maximum,
        passed=found.passed,
        attempts=found.attempts,
        first=min(found.first or 0.0, maximum),
        given_up=found.given_up,
        hints=found.hints,
    )


_MINUTES = {Run: 2.0, Code: 4.0, Predict: 1.0, Reflect: 1.0}


def _minutes_left(lesson: Lesson, progress: Progress, blocks: dict[str, BlockStanding]) -> float:
    """The lesson's minutes, shared out over what is still to be read and done."""
    read = progress.furthest.get(lesson.id, -1)
    whole = left = 0.0
    for index, block in enumerate(lesson.blocks):
        weight = 0.8 if isinstance(block.body, Prose) else _MINUTES.get(type(block.body), 1.0)
        whole += weight
        if isinstance(block.body, Prose):
            left += weight if index > read else 0.0
        elif block.id in blocks and not (blocks[block.id].attempts or blocks[block.id].given_up):
            left += weight if block.id not in progress.reflections else 0.0
    return lesson.minutes * left / whole if whole else 0.0
