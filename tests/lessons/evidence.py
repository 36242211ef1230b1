"""What a lesson says and what a run says, as the tests that work the numbers out again need it."""

import importlib.util
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from models.reading import Reading, Start

COURSE = Path(__file__).parents[2] / "lessons"
WIDTH = 76
"""Columns that a drawing may have."""

Band = dict[str, list[float]]
"""Low ("lo"), middle ("mid") and high ("hi") of a series over five seeds."""


@dataclass(frozen=True)
class Lesson:
    """One lesson's text, its own programs, and what was recorded for its runs."""

    place: str
    """Its folder within the course, such as "day1/08-reward"."""

    @property
    def folder(self) -> Path:
        return COURSE / self.place

    @cached_property
    def text(self) -> str:
        return (self.folder / "lesson.md").read_text(encoding="utf-8")

    @cached_property
    def _words(self) -> str:
        return _joined(self.text.replace("\n> ", "\n"))

    def says(self, words: str) -> bool:
        """Whether the lesson has these words, wherever its lines break, quoted or not."""
        return _joined(words) in self._words

    def rows(self, head: str) -> list[list[str]]:
        """The cells of the table whose head starts so, its numbers as Python reads them."""
        table = self.text.split(head, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
        return [_cells(row) for row in table]

    def row(self, begins: str) -> list[str]:
        """The cells of the one line of a table, perhaps its head, that begins so."""
        (found,) = (line for line in self.text.splitlines() if line.startswith(begins))
        return _cells(found)

    def figure(self, holding: str) -> list[str]:
        """The lines of the one drawing that has these words."""
        drawings = [each.split("\n```", 1)[0] for each in self.text.split("```text\n")[1:]]
        assert max(len(line) for each in drawings for line in each.splitlines()) <= WIDTH
        (found,) = (each.splitlines() for each in drawings if holding in each)
        return found

    def cases(self, run: str) -> dict[str, dict[str, Any]]:
        """All that was recorded for the cases of a run."""
        path = self.folder / f"reference/{run}.json"
        found = json.loads(path.read_text(encoding="utf-8"))["cases"]
        assert {case["seeds"] for case in found.values()} == {5}
        return found

    def bands(self, run: str, series: str) -> dict[str, Band]:
        """A series of each case of a run."""
        return {name: case["series"][series] for name, case in self.cases(run).items()}

    def recorded(self, run: str, case: str, series: str) -> Band:
        """A series of one case of a run."""
        return self.cases(run)[case]["series"][series]

    def program(self, name: str) -> ModuleType:
        """A program of its folder, run anew."""
        spec = importlib.util.spec_from_file_location(name, self.folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def curves(run: Iterable[Start | Reading]) -> dict[str, list[float]]:
    """What a run says, value by value, by the name of the series."""
    found: dict[str, list[float]] = {}
    for item in run:
        if isinstance(item, Start):
            continue
        assert isinstance(item, Reading)
        for name, value in item.scalars.items():
            found.setdefault(name, []).append(float(value))
    return found


def ended(run: Iterator[Start | Reading]) -> tuple[Any, dict[str, float]]:
    """The network of a run at its end, and the last value of every series."""
    start = next(run)
    assert isinstance(start, Start)
    return start.model, {name: values[-1] for name, values in curves(run).items()}


def _joined(text: str) -> str:
    return " ".join(text.split())


def _cells(row: str) -> list[str]:
    return [_plain(cell) for cell in row[1:-1].split("|")]


def _plain(cell: str) -> str:
    """A cell without bold and blanks, its minus signs and thousands as Python has them."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", cell.strip(" *").replace("−", "-"))
