"""Marks: a run keeps its colour for as long as it is marked, whatever happens around it."""

from hypothesis import given
from hypothesis import strategies as st

from tutor.core.marks import MOST, Marks

RUNS = "abcdefghij"
moves = st.lists(
    st.tuples(st.sampled_from(["toggle", "pin", "drop"]), st.sampled_from(RUNS)), max_size=60
)


@given(moves)
def test_no_mark_changes_anothers_colour(moves):
    marks = Marks()
    for what, run in moves:
        before = {each: marks.slot(each) for each in marks.runs}
        done = getattr(marks, what)(run)
        after = {each: marks.slot(each) for each in marks.runs}
        assert all(after[each] == before[each] for each in before if each in after)
        assert set(before) ^ set(after) <= {run}
        assert len(set(after.values())) == len(after) <= MOST
        assert marks.runs[:1] == (marks.pinned,) or not marks.pinned
        assert done is not False or len(before) == MOST
        assert [marks.slot(each) for each in RUNS if each not in after] == [None] * (
            len(RUNS) - len(after)
        )


def test_who_comes_back_finds_his_colour():
    marks = Marks()
    for run in "abc":
        marks.toggle(run)
    assert [marks.slot(run) for run in "abc"] == [0, 1, 2]
    marks.toggle("b")
    marks.toggle("d")  # a colour that nobody had, and not b's
    marks.toggle("b")
    assert [marks.slot(run) for run in "bd"] == [1, 3]


def test_pinning_marks_too_and_comes_first():
    marks = Marks()
    marks.toggle("a")
    assert marks.pin("b")
    assert marks.runs == ("b", "a")
    assert marks.pin("b")
    assert (marks.pinned, marks.runs) == ("", ("a", "b"))


def test_there_are_no_more_than_colours():
    marks = Marks()
    assert [marks.toggle(run) for run in RUNS[:MOST]] == [True] * MOST
    assert not marks.toggle("j")
    assert not marks.pin("j")
    assert marks.pin("a")
