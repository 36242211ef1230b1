"""Runs side by side: finding, ordering, telling apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tutor.core.ledger import (
    Entry,
    differences,
    ending,
    facts,
    labels,
    matches,
    ordered,
    relation,
    table,
    telling,
    varied,
)
from tutor.core.legend import more_is_better


def run(name, lr=0.1, seed=0, acc=0.5, **more):
    metrics = {"train/loss": 1 - acc, "test/accuracy": acc}
    fields = {"knobs": {"learning_rate": lr, "optimiser": "sgd"}, "metrics": metrics, **more}
    return Entry(run=name, **{"exercise": "sgd.race", "seed": seed, **fields})


A = run("a-0001", 0.1, acc=0.9, outcome="passed", tags=("keep",), created=1.0)
B = run("b-0002", 3.0, acc=0.1, outcome="failed", note="it leaps", created=2.0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "ab"), ("race", "ab"), ("#keep", "a"), ("leaps", "b"), ("-leaps", "a"),
        ("learning_rate>1", "b"), ("lear<=0.1 passed", "a"), ("test/acc>=0.9", "a"),
        ("optimiser=sgd", "ab"), ("optimiser!=sgd", ""), ("seed=0", "ab"), ("lear>x", ""),
        ("nothing>1", ""),
    ],
)  # fmt: skip
def test_a_query_finds_what_it_says(query, found):
    assert "".join(each.run[0] for each in (A, B) if matches(each, query)) == found


def test_the_best_comes_first_whichever_way_is_better():
    nan = run("c-0003", acc=0.0, metrics={"test/accuracy": None}, created=3.0)
    assert [e.run[0] for e in ordered([nan, B, A], "result", "test/accuracy")] == ["a", "b", "c"]
    assert [e.run[0] for e in ordered([B, A], "result", "train/loss")] == ["a", "b"]
    assert [e.run[0] for e in ordered([A, B], "newest")] == ["b", "a"]


@pytest.mark.parametrize("name", ["test/accuracy", "train/reward", "valid/steps"])
def test_more_of_some_things_is_better(name):
    assert more_is_better(name)
    assert not more_is_better("valid/mse, her way")


def test_only_what_differs_is_told():
    assert differences([A, B]) == {"learning_rate": [0.1, 3.0]}
    assert varied([A, B]) == ["learning_rate"]
    assert labels([A, B]) == ["lr 0.1", "lr 3"]
    assert labels([A, run("d-0004", 0.1, seed=7)]) == ["seed 0", "seed 7"]
    assert len(set(labels([A, run("e-0005", 0.1), run("f-0006", 0.1)]))) == 3
    rows = table([A, B], labels([A, B]), 60)
    assert rows[1].split() == ["learning_rate", "0.1", "3"]
    assert "The same knobs, seed, device and code." in table([A, A], ["x", "y"], 60)


def test_a_knob_against_the_result():
    drawn = relation([A, B], "learning_rate", "test/accuracy", log=True)
    assert drawn.shape == (2, 3)
    assert drawn.data == [0.1, 0.9, 0.0, 3.0, 0.1, 1.0]
    assert drawn.log_x
    assert not relation(
        [A, replace(B, knobs={"learning_rate": 0})], "learning_rate", "train/loss", log=True
    ).log_x
    bars = relation([A, B], "optimiser", "test/accuracy")
    assert (bars.role, bars.data, bars.labels) == ("histogram", [0.0, 0.5], ("sgd (2)",))
    assert relation([], "x", "y").role == "text"


def test_a_choice_tells_what_it_is_a_choice_of():
    adam = run("g-0007", 0.1, knobs={"learning_rate": 0.1, "optimiser": "adam"})
    assert labels([A, adam]) == ["sgd", "adam"]
    assert [matches(each, "adam") for each in (A, adam)] == [False, True]


def test_runs_of_several_exercises_are_told_apart_by_them_first():
    other = run("h-0008", 0.5, exercise="lenet.train")
    assert labels([A, B, other]) == ["sgd.race lr 0.1", "sgd.race lr 3", "lenet.train"]


entries = st.lists(
    st.builds(
        run,
        st.uuids().map(str),
        st.sampled_from([0.1, 1, 3.0]),
        st.integers(0, 2),
        exercise=st.sampled_from(["sgd.race", "lenet.train"]),
        device=st.sampled_from(["cpu", "cuda:0"]),
    ).map(lambda entry: replace(entry, turned=("learning_rate",) if entry.seed else ())),
    max_size=8,
    unique_by=lambda entry: entry.run,
)


@given(entries)
def test_no_two_runs_have_the_same_name(entries):
    names = labels(entries)
    assert len(set(names)) == len(entries)
    assert all(names)


@given(entries)
def test_what_is_told_of_an_exercise_are_knobs_of_it(entries):
    told = telling(entries)
    assert set(told) == {entry.exercise for entry in entries}
    for name, knobs in told.items():
        group = [entry for entry in entries if entry.exercise == name]
        values = {entry.knobs["learning_rate"] for entry in group}
        assert knobs == ["learning_rate"] or (len(values) == 1 and not group[0].turned)


@given(entries)
def test_an_ending_means_one_run(entries):
    runs = [entry.run for entry in entries]
    for name in runs:
        assert [each for each in runs if each.endswith(ending(name, runs))] == [name]


def test_without_a_metric_each_exercise_has_its_best_first():
    other = run("i-0009", exercise="a.other", acc=0.2, result="train/loss")
    ours = [replace(each, result="test/accuracy") for each in (B, A)]
    assert [e.run[0] for e in ordered([*ours, other], "result")] == ["i", "a", "b"]


def test_facts_say_what_the_learner_wrote_first():
    told = dict(facts(replace(B, points=0.0, maximum=3.0, title="Digits"), "today"))
    assert next(iter(told)) == "note"
    assert told["outcome"] == "failed, 0 of 3 points"
    assert told["exercise"] == "Digits (sgd.race)"
    assert "tags" not in told
    nan = replace(A, metrics={"train/loss": None})
    assert dict(facts(nan, ""))["ended at"] == "train/loss NaN"
