"""What every instrument has: keys, rows to look at, and figures that goals are held against."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, Self

from tutor.core.arithmetic import parse_rule
from tutor.core.lesson import Lab, graded_points
from tutor.core.quiz import Part, Verdict

Tone = Literal["", "quiet", "strong", "good", "bad", "accent"]
Span = tuple[str, Tone]
Line = list[Span]
"""A row, piece by piece; a tone is never the only carrier of a meaning."""


class Instrument(Protocol):
    """A machine in one of its states. Pressing a key gives the next state and changes nothing else."""

    @property
    def keys(self) -> Mapping[str, str]:
        """Keys that do something now, as one reads them, and what they do."""
        ...

    @property
    def figures(self) -> Mapping[str, float]:
        """What a goal may speak of, by name."""
        ...

    def press(self, key: str) -> Self:
        """The state after a key, by its name in Textual; the same one for a key that does nothing."""
        ...

    def lines(self, width: int) -> list[Line]:
        """What there is to see, in rows of at most `width` cells."""
        ...


def percent(share: float, digits: int = 0) -> str:
    """A share of 1 as the lessons write it: `44.8 %`."""
    return f"{100 * share:.{digits}f} %"


class Figures:
    """Figures as series of one reading, for the grammar that runs are graded with."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        self._figures = figures

    def values(self, name: str) -> Sequence[tuple[int, float]]:
        """The one reading of a figure; nothing where there is no such figure."""
        return [(0, self._figures[name])] if name in self._figures else []


def grade_lab(lab: Lab, figures: Mapping[str, float]) -> Verdict:
    """Hold a lab's goals against the figures of its instrument; each is earned on its own."""
    view = Figures(figures)
    parts = []
    for goal in lab.goal:
        met = parse_rule(goal.rule).holds(view)
        earned = goal.points if met else 0.0
        parts.append(Part(goal.rule, earned, goal.points, met, goal.why))
    return Verdict(
        points=sum(part.points for part in parts),
        maximum=graded_points(lab),
        passed=all(part.passed for part in parts),
        why=(),
        parts=tuple(parts),
    )
