"""Every number that the lesson on notebooks states, worked out again, and its notebooks run."""

import json

import nbformat
import pytest
from evidence import Lesson

from tutor.core.instruments.merge_desk import MergeDesk
from tutor.core.notebooks import cells

LESSON = Lesson("day1/23-notebooks")


@pytest.fixture(scope="module")
def kernel():
    return LESSON.program("kernel")


def last(kernel, **knobs):
    *readings, end = kernel.train(kernel.Config(**knobs))
    return readings, end


def test_the_study_in_figures():
    assert f"{879 / 10_388:.0%}" == "8%"
    assert round((10_388 - 1_203) / 1000) == 9
    assert 1_203 - 879 == 324
    assert LESSON.says("Another 324 ran to their end")
    assert LESSON.says("Only 15,817 of 22,578 Python notebooks")


@pytest.mark.parametrize("name", ["line", "desk/base", "desk/ours", "desk/theirs"])
def test_its_notebooks_are_notebooks(name):
    text = (LESSON.folder / f"{name}.ipynb").read_text(encoding="utf-8")
    nbformat.validate(nbformat.reads(text, as_version=4))


def test_the_counts_in_the_picture_are_those_of_the_file(kernel):
    counts = [cell["execution_count"] for cell in kernel.code_cells()]
    assert counts == [1, 2, 6, 7]
    for count in counts:
        assert f"In [{count}]:  " in LESSON.text
    assert kernel.stored(kernel.code_cells()) == 0.0690
    assert LESSON.says("mean squared error 0.0690")


def test_four_runs_of_the_cell_give_the_stored_output_and_no_other_number_does(kernel):
    for clicks in range(1, 9):
        readings, end = last(kernel, clicks=clicks)
        assert len(readings) == 1 + 20 * clicks
        assert (end.scalars["test/off"] <= 0.0005) == (clicks == 4)


def test_run_all_ends_forty_times_higher(kernel):
    _, end = last(kernel)
    assert f"{end.scalars['test/printed']:.4f}" == "2.8445"
    assert 40 <= end.scalars["test/printed"] / 0.0690 <= 42
    assert LESSON.says("The loss is 2.8445, forty times the one in the file.")
    assert LESSON.says("the author's kernel had made eighty")


def test_a_new_kernel_knows_nothing(kernel):
    _, end = last(kernel, begin="training cell")
    assert end.scalars["test/off"] != end.scalars["test/off"]
    assert "NameError: name 'w' is not defined" in end.pictures["notebook"].caption
    assert LESSON.says("`NameError: name 'w' is not defined`")


def test_the_desk_has_what_the_slide_had():
    versions = {
        name: cells((LESSON.folder / f"desk/{name}.ipynb").read_text(encoding="utf-8"))
        for name in ("base", "ours", "theirs")
    }
    desk = MergeDesk(**versions, right={})
    assert {"load", "folder", "pick", "losses", "debug"} == {each.id for each in desk.conflicts}
    clean = desk.press("c")
    assert [each.id for each in clean.conflicts] == ["load", "folder", "pick", "debug"]
    pick = next(each for each in clean.conflicts if each.id == "pick")
    assert (pick.ours.source[-3:], pick.theirs.source[-4:]) == ("[0]", "[-1]")


def test_conflicting_counts_make_it_no_json():
    shown = LESSON.text.split('   "cell_type": "code",\n<<<', 1)[1].split("```", 1)[0]
    with pytest.raises(json.JSONDecodeError):
        json.loads('{"cell_type": "code",\n<<<' + shown)
    assert LESSON.text.count("<" * 7 + " HEAD") == 1
