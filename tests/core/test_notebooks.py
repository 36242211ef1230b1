"""Notebooks merged cell by cell."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.errors import TutorError
from tutor.core.notebooks import MIDDLE, OURS, THEIRS, Cell, Conflict, cells, fault, merge, to_json


def cell(name: str, source: str, **rest) -> Cell:
    return Cell(id=name, kind="code", source=source, **rest)


BASE = (cell("load", "x = 1"), cell("fit", "lr = 0.1", count=4, output="0.5\n"), cell("end", "y"))


def test_a_side_that_changed_nothing_gives_way():
    theirs = (BASE[0], cell("fit", "lr = 0.2"), BASE[2])
    assert merge(BASE, BASE, theirs) == theirs
    assert merge(BASE, theirs, BASE) == theirs


def test_both_alike_is_no_conflict():
    both = (cell("load", "x = 2"), *BASE[1:])
    assert merge(BASE, both, both) == both


def test_only_a_cell_that_both_changed_is_left_to_decide():
    ours = (BASE[0], cell("fit", "lr = 0.2"), BASE[2])
    theirs = (cell("load", "x = 3"), cell("fit", "lr = 0.3"), BASE[2])
    first, second, third = merge(BASE, ours, theirs)
    assert (first, third) == (theirs[0], BASE[2])
    assert second == Conflict("fit", BASE[1], ours[1], theirs[1])


def test_outputs_alone_conflict_until_they_are_cleaned():
    ours = (BASE[0], cell("fit", "lr = 0.1", count=7, output="0.4\n"), BASE[2])
    theirs = (BASE[0], cell("fit", "lr = 0.1", count=2, output="0.6\n"), BASE[2])
    assert isinstance(merge(BASE, ours, theirs)[1], Conflict)
    clean = [tuple(each.clean for each in version) for version in (BASE, ours, theirs)]
    assert merge(*clean) == clean[0]


def test_taken_out_here_and_changed_there_is_a_conflict():
    theirs = (BASE[0], cell("fit", "lr = 0.3"), BASE[2])
    ours = (BASE[0], BASE[2])
    assert Conflict("fit", BASE[1], None, theirs[1]) in merge(BASE, ours, theirs)
    assert [each.id for each in merge(BASE, ours, BASE)] == ["load", "end"]


def test_what_both_added_stands_where_each_put_it():
    ours = (*BASE, cell("mine", "z"))
    theirs = (BASE[0], cell("new", "w"), *BASE[1:])
    assert [each.id for each in merge(BASE, ours, theirs)] == ["load", "new", "fit", "end", "mine"]


def test_markers_of_seven_signs_make_it_no_json():
    merged = merge(BASE, (cell("load", "a"), *BASE[1:]), (cell("load", "b"), *BASE[1:]))
    text = to_json(merged)
    assert [line for line in text.splitlines() if line in (OURS, MIDDLE, THEIRS)] == [
        "<<<<<<< ours",
        "=======",
        ">>>>>>> theirs",
    ]
    assert fault(text) == "line 3: Expecting value"


def test_what_has_no_conflict_is_a_notebook_that_jupyter_reads():
    text = to_json(BASE)
    assert fault(text) == ""
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert cells(text) == BASE


names = st.lists(st.sampled_from("abcdef"), unique=True, max_size=5)
versions = names.flatmap(
    lambda ids: st.tuples(
        *(st.builds(cell, st.just(each), st.sampled_from(["1", "2"])) for each in ids)
    )
)


@given(versions, versions, versions)
def test_merging_invents_nothing_and_loses_nothing_that_one_side_changed(base, ours, theirs):
    merged = merge(base, ours, theirs)
    assert len({part.id for part in merged}) == len(merged)
    for part in merged:
        found = [each for version in (ours, theirs) for each in version if each.id == part.id]
        assert (
            part in found if isinstance(part, Cell) else part.ours in found or part.theirs in found
        )
    kept = {part.id for part in merged}
    before = {each.id: each for each in base}
    for mine, other in ((ours, theirs), (theirs, ours)):
        there = {each.id: each for each in other}
        for each in mine:
            if each != before.get(each.id) and (each.id in there or each.id not in before):
                assert each.id in kept


@given(versions, versions)
def test_merging_does_not_care_who_is_who_where_nothing_conflicts(base, theirs):
    assert set(merge(base, base, theirs)) == set(theirs)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": [1]}', '{"cells": [{}]}', "null"])
def test_what_is_no_notebook_is_said(text):
    with pytest.raises(TutorError):
        cells(text)


def test_text_may_come_in_pieces():
    raw = {"cells": [{"id": "a", "cell_type": "code", "source": ["x\n", "y"], "outputs": []}]}
    assert cells(json.dumps(raw))[0].source == "x\ny"
