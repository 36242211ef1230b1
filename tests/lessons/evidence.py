"""What a lesson says, as the tests that work its numbers out again need it."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

COURSE = Path(__file__).parents[2] / "lessons"
WIDTH = 76
"""Columns that a drawing may have."""


@dataclass(frozen=True)
class Lesson:
    """One lesson's text and what was recorded for its runs."""

    place: str
    """Its folder within the course, such as "day1/08-reward"."""

    @cached_property
    def text(self) -> str:
        return (COURSE / self.place / "lesson.md").read_text(encoding="utf-8")

    def says(self, words: str) -> bool:
        """Whether the lesson has these words, wherever its lines break."""
        return " ".join(words.split()) in " ".join(self.text.split())

    def rows(self, head: str) -> list[list[str]]:
        """The cells of the table whose head starts so, its numbers as Python reads them."""
        table = self.text.split(head, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
        return [[_plain(cell) for cell in row[1:-1].split("|")] for row in table]

    def figure(self, holding: str) -> list[str]:
        """The lines of the one drawing that has these words."""
        drawings = [each.split("\n```", 1)[0] for each in self.text.split("```text\n")[1:]]
        (found,) = (each.splitlines() for each in drawings if holding in each)
        assert max(map(len, found)) <= WIDTH
        return found

    def recorded(self, run: str, case: str, series: str) -> dict[str, list[float]]:
        """Low ("lo"), middle ("mid") and high ("hi") of a series over five seeds."""
        kept = json.loads(
            (COURSE / self.place / f"reference/{run}.json").read_text(encoding="utf-8")
        )["cases"][case]
        assert kept["seeds"] == 5
        return kept["series"][series]


def _plain(cell: str) -> str:
    """A cell without bold and blanks, its minus signs and thousands as Python has them."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", cell.strip(" *").replace("−", "-"))
