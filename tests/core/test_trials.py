"""What came of a sweep: the best setting, the table, a knob against the result."""

import pytest

from tutor.core.lesson import Knob, Plot, Run
from tutor.core.sweep import Space, make_plan
from tutor.core.trials import (
    Recorded,
    Result,
    against,
    best,
    best_words,
    brief,
    settings,
    summary,
    table,
)

RUN = Run(
    id="r",
    entry="models.x:train",
    title="t",
    goal="g",
    retry="again",
    plot=(Plot(series=("valid/accuracy", "valid/loss")),),
    knobs={
        "learning_rate": Knob(default=0.1, range=(1e-4, 10.0), scale="log"),
        "momentum": Knob(default=0.0, range=(0.0, 1.0)),
    },
)
PLAN = make_plan(RUN, [Space("learning_rate", (0.01, 0.1, 1.0))], seeds=2)


def results(*values, plan=PLAN, **more):
    """A result for each trial: a value, or an outcome in its place."""
    found = []
    for trial, value in zip(plan.trials, values, strict=True):
        number = isinstance(value, float)
        outcome = "passed" if number and value > 0.5 else "failed" if number else value
        found.append(
            Result(
                knobs=trial.knobs,
                seed=trial.seed,
                outcome=outcome,
                value=value if number else None,
                run=f"run-{len(found)}",
                seconds=1.5,
                **more,
            )
        )
    return found


def test_the_best_setting_has_the_best_mean_of_its_seeds():
    every = results(0.2, 0.4, 0.9, 0.8, 0.95, 0.1)
    assert best(every, "valid/accuracy").knobs == {"learning_rate": 0.1}
    assert best(every, "valid/loss").knobs == {"learning_rate": 0.01}
    assert best(every, "valid/accuracy").value == pytest.approx(0.85)
    assert [len(group.results) for group in settings(every)] == [2, 2, 2]


def test_what_diverged_on_one_seed_or_is_not_over_is_not_the_best():
    every = results(0.2, 0.4, 0.9, "diverged", 0.3, "waiting")
    assert best(every, "valid/accuracy").knobs == {"learning_rate": 0.01}
    assert best(results(*["waiting"] * 6), "valid/accuracy") is None
    stopped = [*results(0.2, 0.4, 0.3, 0.3, "waiting", "waiting")]
    stopped[4] = Result(knobs=stopped[4].knobs, seed=0, outcome="stopped", value=0.99)
    assert best(stopped, "valid/accuracy").knobs == {"learning_rate": 0.01}


def test_the_table_has_a_row_for_each_setting_and_fits():
    every = results(0.2, 0.4, 0.9, 0.8, "diverged", "training", usual=(0.7, 0.85))
    rows = table(every, PLAN, 100)
    assert rows[0].split()[:2] == ["learning_rate", "valid/accuracy"]
    assert "2 – 0.4" in rows[1]
    assert rows[2].startswith("* 0.1 ")
    assert "0.8500" in rows[2]
    assert "✓ passed" in rows[2]
    assert "0.7 – 0.85" in rows[2]
    assert "1 diverged, 1 trains" in rows[3]
    for width in (1, 10, 40, 80):
        assert max(map(len, table(every, PLAN, width))) <= width


def test_a_run_stands_in_below_or_above_those_of_the_course():
    plan = make_plan(RUN, [Space("learning_rate", (0.01, 0.1, 1.0))])
    every = results(0.2, 0.8, 0.9, plan=plan, usual=(0.7, 0.85))
    assert [each.place for each in every] == ["below", "in", "above"]
    assert "below 0.7 – 0.85" in table(every, plan, 100)[1]
    assert Result(knobs={}, seed=0, usual=(0.0, 1.0)).place == ""


def test_the_summary_names_the_best_and_what_went_wrong():
    every = results(0.2, 0.4, 0.9, 0.8, "diverged", "broken", why="Out of memory.")
    said = summary(every, "valid/accuracy")
    assert said[0] == "Best: learning_rate 0.1, with valid/accuracy 0.8500 over 2 seeds."
    assert best_words(every, "valid/accuracy") == "0.1: 0.8500 valid/accuracy"
    assert best_words([], "valid/accuracy") == ""
    assert said[1] == "Diverged: learning_rate 1 (Out of memory.)."
    assert said[2].startswith("Broke: learning_rate 1")
    assert summary(results(*["waiting"] * 6), "valid/accuracy") == []


def test_titles_are_short_and_tell_trials_apart():
    assert [brief(PLAN, i) for i in (0, 1, 4)] == ["0.01 #0", "0.01 #1", "1 #0"]
    both = make_plan(RUN, [Space("learning_rate", (0.01, 0.1)), Space("momentum", (0.0, 0.9))])
    assert [brief(both, i) for i in range(4)] == [
        "lr 0.01 mom 0", "lr 0.01 mom 0.9", "lr 0.1 mom 0", "lr 0.1 mom 0.9"
    ]  # fmt: skip


def test_a_knob_is_drawn_against_the_result_with_the_course_beside_it():
    plan = make_plan(RUN, [Space("learning_rate", (0.01, 0.1, 1.0))])
    every = results(0.2, 0.9, "diverged", plan=plan)
    recorded = [
        Recorded({"learning_rate": 3.0, "momentum": 0.0}, 0.1, 0.15, 0.2),
        Recorded({"learning_rate": 3.0, "momentum": 0.9}, 0.5, 0.6, 0.7),
    ]
    drawn = against(every, RUN, plan, "learning_rate", recorded)
    assert drawn.shape == (3, 3)
    # The course's run with another momentum is no neighbour; what diverged has no place.
    assert drawn.data == pytest.approx([3.0, 0.15, 2.0, 0.01, 0.2, 1.0, 0.1, 0.9, 0.0])
    assert drawn.log_x
    assert drawn.labels[2] == "the course's runs"
    assert (
        against(results(*["waiting"] * 3, plan=plan), RUN, plan, "learning_rate", []).role == "text"
    )
