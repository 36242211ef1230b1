import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.content.front_matter import read_front_matter

GOOD = "format: 1\nid: a.b-c\ntitle: A: title\nminutes: 12"


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(line, fault.message, fault.fix) for line, fault in read_front_matter(text, 2)[1]]


def test_flat_lines_become_values() -> None:
    front, found = read_front_matter(f"{GOOD}\n# a note\n\nrequires: [x, 'y-z']\npass: 0.5", 2)
    assert found == []
    assert front is not None
    assert (front.format, front.id, front.title, front.minutes) == (1, "a.b-c", "A: title", 12)
    assert (front.requires, front.passing) == (("x", "y-z"), 0.5)


def test_numbers_are_numbers_and_text_stays_text() -> None:
    front, _ = read_front_matter(GOOD.replace("A: title", "no"), 2)
    assert front is not None
    assert front.title == "no"
    assert front.passing == 0.8


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"{GOOD}\nminuts: 3", 6, "`minuts` is no known key."),
        (GOOD.replace("12", "many"), 5, "`minutes`: expected a whole number, got text."),
        (GOOD.replace("minutes: 12", ""), 1, "`minutes` is missing."),
        (GOOD.replace("12", "0"), 5, "`minutes` must be at least 1."),
        (f"{GOOD}\npass: 80", 6, "`pass` must be at most 1."),
        (GOOD.replace("a.b-c", "A b"), 3, "`id` is 'A b', which is no id."),
        (f"{GOOD}\nid: other", 6, "`id` stands here twice."),
        (f"{GOOD}\njust words", 6, "`just words` is no `key: value`."),
        (
            GOOD.replace("format: 1", "format: 9"),
            2,
            "This lesson is of format 9; this tutor reads format 1.",
        ),
        (f"{GOOD}\nrequires: x", 6, "`requires`: expected a list, got text."),
    ],
)
def test_each_fault_is_at_its_line(text: str, line: int, message: str) -> None:
    front, _ = read_front_matter(text, 2)
    assert front is None
    assert (line, message) in [(each[0], each[1]) for each in faults(text)]


def test_every_fault_is_told_at_once_with_the_nearest_key() -> None:
    found = faults("format: 1\nid: X\ntitel: t\nminutes: -1")
    assert [line for line, *_ in found] == [3, 4, 5, 1]
    assert any(fix == "Did you mean `title`?" for *_, fix in found)


@given(st.text())
def test_any_text_is_read_without_raising(text: str) -> None:
    front, found = read_front_matter(text, 2)
    assert (front is None) == bool(found)
