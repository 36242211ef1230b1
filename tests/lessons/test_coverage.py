"""`lessons/COVERAGE.md`: every unit of the slides has its row, and every row names what is there."""

import re
from typing import NamedTuple

import pytest

from tutor.content.course import load_course
from tutor.core.lesson import Lesson, Prose
from tutor.core.prose import Heading, leaves, plain
from tutor.session.library import built_in_course

COURSE = load_course(built_in_course())
TEXT = (built_in_course() / "COVERAGE.md").read_text(encoding="utf-8")
UNITS = [f"S{number:03}" for number in range(1, 149)]
DIVIDERS = [
    f"S{number:03}"
    for number in (4, 13, 21, 29, 34, 38, 44, 49, 54, 59, 63, 84, 101, 118, 129, 139)
]
_ROW = re.compile(r"^\| (S\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


class Covered(NamedTuple):
    """A row of the table."""

    unit: str
    shows: str
    where: str

    @property
    def places(self) -> list[tuple[str, str]]:
        """Lessons and headings; none for a divider and for what is not taught yet."""
        if self.where in ("-", "divider"):
            return []
        return [tuple(place.split(": ", 1)) for place in self.where.split("; ")]  # type: ignore[misc]


ROWS = [Covered(*found) for found in _ROW.findall(TEXT)]
TAUGHT = [row for row in ROWS if row.places]


def headings(lesson: Lesson) -> list[str]:
    return [
        plain(leaf.spans)
        for block in lesson.blocks
        if isinstance(block.body, Prose)
        for each in block.body.blocks
        for leaf in leaves(each)
        if isinstance(leaf, Heading)
    ]


def test_every_unit_has_one_row_in_the_order_of_the_slides():
    assert [row.unit for row in ROWS] == UNITS
    assert len(re.findall(r"^\|", TEXT, re.MULTILINE)) == len(UNITS) + 2, "a row cannot be read"


def test_every_row_says_what_its_unit_shows():
    assert all(len(row.shows.strip()) >= 5 for row in ROWS)


def test_only_dividers_are_marked_as_such():
    assert [row.unit for row in ROWS if row.where == "divider"] == DIVIDERS


@pytest.mark.parametrize("row", TAUGHT, ids=lambda row: row.unit)
def test_the_sections_of_a_unit_are_there(row):
    for lesson, heading in row.places:
        assert lesson in COURSE.lessons, f"{row.unit}: there is no lesson {lesson}"
        known = headings(COURSE.lessons[lesson])
        assert heading in known, f"{row.unit}: {lesson} has no `{heading}`, but {known}"


def test_every_lesson_teaches_a_unit_or_stands_in_the_list():
    beside = TEXT.partition("## Lessons beside the slides")[2]
    listed = re.findall(r"^- `([^`]+)`: \S", beside, re.MULTILINE)
    taught = {lesson for row in TAUGHT for lesson, _ in row.places}
    assert set(listed) <= set(COURSE.lessons)
    assert not taught & set(listed)
    missing = set(COURSE.lessons) - taught - set(listed)
    assert not missing, f"add to lessons/COVERAGE.md: {', '.join(sorted(missing))}"
