"""Runs side by side: finding, ordering, telling apart."""

import pytest
from msgspec.structs import replace

from tutor.core.ledger import Entry, differences, labels, matches, ordered, relation, table, varied


def run(name, lr=0.1, seed=0, acc=0.5, **more):
    metrics = {"train/loss": 1 - acc, "test/accuracy": acc}
    fields = {"knobs": {"learning_rate": lr, "optimiser": "sgd"}, "metrics": metrics, **more}
    return Entry(run=name, exercise="sgd.race", seed=seed, **fields)


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
