"""Facts: what happened, and is only ever added."""

from typing import Any

from msgspec import Struct

from tutor.core.lesson import Scalar
from tutor.core.quiz import Answer


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


class Operated(Struct, frozen=True, tag=True, kw_only=True):
    """Goals reached with an instrument."""

    block: str
    points: float
    maximum: float
    figures: dict[str, float] = {}
    """What the instrument showed."""


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


class Passed(Struct, frozen=True, tag=True, kw_only=True):
    """A lesson was passed. It stays passed, whatever a later version of the course asks for."""

    lesson: str
    points: float
    maximum: float
    version: str
    """The course's version."""
    tested_out: bool = False
    """By answering its questions before reading it."""


class GivenAnswer(Struct, frozen=True, kw_only=True):
    """A question of a chapter's test, as it was answered."""

    block: str
    answer: Answer | None
    """None where there was none."""
    seed: int
    points: float
    maximum: float


class SatTest(Struct, frozen=True, tag=True, kw_only=True):
    """An attempt at a chapter's test, handed in. It changes no lesson's points."""

    chapter: str
    questions: tuple[GivenAnswer, ...]
    """In the order asked."""
    passing: float
    """Share of the points that passed then."""
    version: str
    """The course's version."""

    @property
    def points(self) -> float:
        """What the answers earned together."""
        return sum(each.points for each in self.questions)

    @property
    def maximum(self) -> float:
        """What they could earn."""
        return sum(each.maximum for each in self.questions)

    @property
    def share(self) -> float:
        """What was earned of it, from 0 to 1."""
        return self.points / self.maximum if self.maximum else 0.0

    @property
    def passed(self) -> bool:
        """Whether that was enough."""
        return self.points >= self.passing * self.maximum - 1e-9


class Regraded(Struct, frozen=True, tag=True, kw_only=True):
    """An answer that a newer version of the course judges better than the version it was given to."""

    block: str
    row: int
    """The id of the answer's row."""
    points: float
    maximum: float
    version: str


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
    | Operated
    | Reflected
    | Hinted
    | GaveUp
    | Reviewed
    | ReviewUndone
    | Passed
    | Regraded
    | SatTest
)


class Row(Struct, frozen=True):
    """A fact as it was written down."""

    id: int
    at: float
    """Seconds since the epoch (UTC)."""
    course: str
    fact: Fact
