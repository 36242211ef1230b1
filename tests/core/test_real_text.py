"""The course's own lessons, set at every width a terminal may have."""

import itertools
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from tutor.content.parse import parse_lesson
from tutor.core import maths
from tutor.core.layout import Row, layout, row_width
from tutor.core.lesson import Prose
from tutor.core.prose import Items, Maths, Paragraph, ProseBlock, Quote, Table

ROOT = Path(__file__).parents[2]
LESSONS = sorted(
    str(path.parent.relative_to(ROOT)) for path in (ROOT / "lessons").rglob("lesson.md")
)
WIDTHS = (20, 21, 24, 33, 40, 57, 60, 79, 80, 100, 120)


@cache
def prose(folder: str) -> tuple[ProseBlock, ...]:
    path = ROOT / folder / "lesson.md"
    lesson, _ = parse_lesson(path.read_text("utf-8"), str(path), str(path.parent))
    assert lesson is not None
    return tuple(
        itertools.chain.from_iterable(
            block.body.blocks for block in lesson.blocks if isinstance(block.body, Prose)
        )
    )


def text(row: Row) -> str:
    return "".join(piece.text for piece in row)


def flows(block: ProseBlock) -> bool:
    """Whether a block's words stand one behind the other whatever the width."""
    match block:
        case Paragraph():
            return True
        case Items(items=items):
            return all(map(flows, itertools.chain.from_iterable(items)))
        case Quote(blocks=blocks):
            return all(map(flows, blocks))
        case _:
            return False


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("folder", LESSONS)
def test_no_row_of_a_lesson_is_wider_than_the_screen(folder, ascii_only):
    for columns in WIDTHS:
        rows = layout(prose(folder), columns, ascii=ascii_only)
        assert len(rows) > 40
        for row in rows:
            assert row_width(row) <= columns
            assert not [char for char in text(row) if unicodedata.category(char) in ("Cc", "Cf")]


@pytest.mark.parametrize("folder", LESSONS)
def test_every_word_is_set_once_and_in_its_place(folder):
    flowing = [block for block in prose(folder) if flows(block)]
    assert len(flowing) > 10

    def letters(columns: int) -> str:
        rows = layout(flowing, columns)
        return "".join(char for row in rows for char in text(row) if char.isalnum())

    assert len({letters(columns) for columns in (*WIDTHS, 10_000)}) == 1


@pytest.mark.parametrize("folder", LESSONS)
def test_words_are_whole_where_they_fit(folder):
    """At 80 columns no word of running text is broken."""

    def words(columns: int) -> list[str]:
        flowing = [block for block in prose(folder) if isinstance(block, Paragraph)]
        return [word for row in layout(flowing, columns) for word in text(row).split()]

    assert words(80) == words(10_000)


@pytest.mark.parametrize("folder", LESSONS)
def test_a_table_keeps_its_columns_on_a_usual_screen(folder):
    for block in prose(folder):
        if isinstance(block, Table):
            rule = text(layout([block], 80)[1])
            assert set(rule) == {"─", " "}, "set as records only where there is no room"
            assert len(rule.split()) == len(block.head)


@pytest.mark.parametrize("folder", LESSONS)
def test_every_formula_of_a_lesson_is_understood(folder):
    for block in prose(folder):
        found = [block.tex] if isinstance(block, Maths) else []
        if isinstance(block, Paragraph):
            found += [span.text for span in block.spans if "maths" in span.marks]
        for tex in found:
            assert maths.problems(tex) == []
            assert "\\" not in maths.inline(tex)
            assert maths.display(tex, ascii=True).rows
