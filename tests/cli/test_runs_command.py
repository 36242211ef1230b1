"""`dlwalk-tutor runs`: what it lists and finds, compares, writes down, deletes and takes back."""

import json

import pytest
from recorded import begun, whole

from tutor.cli import export, runs
from tutor.session.tutor import Tutor

assert export.COMMANDS, "importing it registers its command"
assert runs.COMMANDS


@pytest.fixture
def three(course, home):
    """Three runs that ended: of two learning rates, and two seeds of the second."""
    tutor = Tutor.open(course)
    names = [
        whole(tutor, knobs={"learning_rate": rate}, seed=seed)
        for rate, seed in ((0.01, 3), (0.5, 3), (0.5, 4))
    ]
    for name in names:
        tutor.training.settle(tutor.ledger.record(name))
    tutor.close()
    return names


def test_alone_it_lists_newest_first(shell, three):
    code, told, said = shell("runs")
    assert (code, said) == (0, "")
    assert [line.split()[0] for line in told.splitlines()] == three[::-1]
    assert "learning_rate=0.5" in told
    assert shell("runs", "list")[1] == told


def test_without_runs_it_says_where_to_start(shell):
    assert shell("runs") == (0, "", "No runs yet. `dlwalk-tutor lessons` shows where to start.\n")


def test_it_finds_and_sorts(shell, three):
    code, told, _ = shell("runs", "learning_rate>0.1", "seed=4", "--json")
    assert code == 0
    (found,) = json.loads(told)
    assert (found["run"], found["seed"], found["state"]) == (three[2], 4, "ended")
    assert found["knobs"]["learning_rate"] == 0.5
    assert json.loads(shell("runs", "--json", "nothing")[1]) == []
    assert "No run matches nothing." in shell("runs", "nothing")[2]
    _, told, _ = shell("runs", "--", "-learning_rate=0.5")
    assert [line.split()[0] for line in told.splitlines()] == three[:1]
    _, told, _ = shell("runs", "--sort", "exercise")
    assert len(told.splitlines()) == 3


def test_a_run_by_an_end_of_its_id(shell, three):
    end = three[0][-7:]
    code, told, _ = shell("runs", "show", end)
    assert code == 0
    assert f"run       {three[0]}" in told
    assert "train/loss" in told
    assert json.loads(shell("runs", "show", end, "--json")[1])["run"] == three[0]
    code, _, said = shell("runs", "show", "nowhere")
    assert code == 2
    assert "There is no run `nowhere`." in said
    code, _, said = shell("runs", "show", "")
    assert code == 2
    assert "Several runs end in" in said


def test_a_note_and_tags(shell, three):
    assert shell("runs", "note", three[0], "the best")[0] == 0
    assert shell("runs", "tag", three[0], "+keep", "+best", "old")[1] == "#keep #best #old\n"
    assert shell("runs", "tag", three[0], "-best", "-old", "-never")[1] == "#keep\n"
    _, told, _ = shell("runs", "#keep")
    assert told.rstrip().endswith("#keep the best")
    assert len(told.splitlines()) == 1
    code, _, said = shell("runs", "tag", three[0], "+")
    assert code == 2
    assert "names no tag" in said
    assert shell("runs", "note", three[0], "")[0] == 0
    assert "the best" not in shell("runs")[1]


def test_several_are_deleted_and_taken_back(shell, three):
    code, _, said = shell("runs", "delete", *three[:2])
    assert code == 0
    assert said.count("Deleted ") == 2
    assert len(shell("runs")[1].splitlines()) == 1
    assert shell("runs", "undo", three[0][-6:]) == (0, f"{three[0]}\n", "")
    assert shell("runs", "undo") == (0, f"{three[1]}\n", "")
    code, _, said = shell("runs", "undo")
    assert code == 2
    assert "Nothing is left to take back." in said
    assert len(shell("runs")[1].splitlines()) == 3


def test_none_is_deleted_where_one_is_not_there(shell, three):
    code, _, said = shell("runs", "delete", three[0], "nowhere")
    assert code == 2
    assert "There is no run `nowhere`." in said
    assert len(shell("runs")[1].splitlines()) == 3


def test_what_has_not_ended_is_not_deleted(shell, course, home):
    tutor = Tutor.open(course)
    _, request = begun(tutor)  # it may be about to start
    tutor.close()
    code, _, said = shell("runs", "delete", request.run)
    assert code == 2
    assert "has not ended" in said


def test_runs_over_each_other(shell, three):
    code, told, _ = shell("runs", "diff", *three)
    assert code == 0
    for name in ("lr 0.01", "lr 0.5 seed 3", "lr 0.5 seed 4"):
        assert name in told
    rows = {line.split()[0]: line.split()[1:] for line in told.splitlines() if line.split()}
    assert rows["learning_rate"] == ["0.01", "0.5", "0.5"]
    assert rows["seed"] == ["3", "3", "4"]
    found = json.loads(shell("runs", "diff", *three, "--json")[1])
    assert found["runs"] == three
    assert found["differences"] == {"learning_rate": [0.01, 0.5, 0.5], "seed": [3, 3, 4]}
    for few in (three[:1], three[:1] * 2):
        code, _, said = shell("runs", "diff", *few)
        assert code == 2
        assert "Two to 6 runs can be compared." in said
    code, _, said = shell("runs", "diff", *three, "--metric", "no/such")
    assert code == 2
    assert "No series is called `no/such` here." in said


def test_a_knob_against_the_result(shell, three):
    code, told, _ = shell("runs", "against", "learning_rate", "--metric", "train/loss")
    assert code == 0
    assert "train/loss (up) by learning_rate (across), 3 runs" in told
    rows = json.loads(shell("runs", "against", "learning_rate", "seed=3", "--json")[1])
    assert [row["learning_rate"] for row in rows] == [0.5, 0.01]
    code, _, said = shell("runs", "against", "steps")
    assert code == 2
    assert "These runs do not differ in `steps`.They differ in: learning_rate." in said.replace(
        "\n", ""
    ).replace(" They", "They")


def test_it_leads_to_the_export(shell, three):
    code, told, _ = shell("runs", "export", three[0][-7:], "--csv")
    assert code == 0
    assert three[0] in told


@pytest.fixture
def uses_code(course):
    """The small course, its run training with the learner's file."""
    lesson = course / "one" / "lesson.md"
    own = 'id = "one.run"\nuses = "one.step"'
    lesson.write_text(lesson.read_text().replace('id = "one.run"', own, 1))


async def test_the_code_that_a_run_trained_with_is_kept_and_compared(uses_code, scripted, shell):
    """The learner's file goes on changing; what was trained does not."""
    tutor, _ = scripted
    exercise = tutor.lesson("one").find("one.run")
    file = tutor.coding.path(tutor.lesson("one").find("one.step"))
    names = []
    for line in ("first = 1\n", "second = 2\n"):
        file.write_text(f"shared = 0\n{line}")
        live = await tutor.training.start(exercise, {}, seed=1)
        file.write_text("something else\n")
        async for _ in live.events():
            pass
        assert live.request.learner == str(live.folder / "learner.py")
        names.append(live.request.run)
    assert shell("runs", "show", names[0], "--code")[1] == "shared = 0\nfirst = 1\n"
    as_json = json.loads(shell("runs", "show", names[1], "--code", "--json")[1])
    assert as_json == {"run": names[1], "code": "shared = 0\nsecond = 2\n"}
    assert json.loads(shell("runs", "diff", *names, "--json")[1])["code"][1] == as_json["code"]
    told = shell("runs", "diff", *names)[1]
    assert " shared = 0\n-first = 1\n+second = 2\n" in told
    codes = {tutor.ledger.entry(name).code for name in names}
    assert len(codes) == 2
    file.unlink()
    folder = tutor.places.runs / names[0] / "learner.py"
    folder.unlink()
    code, _, said = shell("runs", "show", names[0], "--code")
    assert code != 0
    assert "No code of yours is kept" in said
