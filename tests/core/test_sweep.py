"""Sweeps before they begin: which values, which runs, how long."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.errors import TutorError
from tutor.core.lesson import Case, Knob, Limit, Plot, Run
from tutor.core.sweep import (
    MOST,
    Past,
    Space,
    announced,
    base,
    duration,
    make_plan,
    metric_of,
    proposed,
    read_space,
    seconds_each,
    spread,
    whole,
)

LR = Knob(default=0.003, range=(1e-5, 10.0), scale="log")
MOMENTUM = Knob(default=0.0, range=(0.0, 0.99))
EPOCHS = Knob(default=10, range=(1, 30))
OPTIMISER = Knob(default="sgd", choices=("sgd", "momentum", "adam"))
BATCH = Knob(default=32, choices=(1, 8, 32, 128, 1097))
PAUSE = Knob(default=0.5, range=(0.0, 2.0))
NESTEROV = Knob(default=False)
ODD = Knob(default=1.0)
RUN = Run(
    id="sgd.race",
    entry="models.mlp:train",
    title="t",
    goal="g",
    retry="again",
    limit=Limit(seconds=60),
    fixed=("epochs",),
    plot=(Plot(series=("train/loss",)), Plot(series=("test/accuracy", "valid/accuracy"))),
    knobs={
        "momentum": MOMENTUM,
        "epochs": EPOCHS,
        "lr": LR,
        "optimiser": OPTIMISER,
        "batch": BATCH,
        "pause": PAUSE,
        "nesterov": NESTEROV,
        "odd": ODD,
    },
    case=(
        Case(id="a", knobs={"pause": 0.0, "lr": 0.1}, outcome="pass"),
        Case(id="b", knobs={"pause": 0.0, "lr": 3.0}, outcome="fail"),
    ),
)

ends = st.tuples(
    st.floats(1e-5, 10.0, allow_subnormal=False), st.floats(1e-5, 10.0, allow_subnormal=False)
).map(sorted)


@given(ends, st.integers(2, MOST))
def test_a_logarithmic_knob_goes_from_end_to_end_by_about_equal_factors(between, count):
    low, high = between
    values = spread("lr", LR, low, high, count).values
    if low == high:
        assert values == (low,)
        return
    assert len(values) == count or high / low < 1 + 1e-9
    assert (values[0], values[-1]) == (low, high)
    factors = [b / a for a, b in itertools.pairwise(values)]
    assert all(factor > 1 for factor in factors)
    even = (high / low) ** (1 / (count - 1))
    if even > 2.01:
        # Rounded to what a person writes, each value is at most half a notch off.
        assert all(even / 2.01 < factor < even * 2.01 for factor in factors)
        assert all(f"{value:.0e}"[0] in "1235" for value in values[1:-1])


@given(st.floats(0.0, 0.99), st.floats(0.0, 0.99), st.integers(2, MOST))
def test_another_knob_goes_by_equal_distances(a, b, count):
    low, high = sorted((a, b))
    values = spread("momentum", MOMENTUM, low, high, count).values
    assert (values[0], values[-1]) == (low, high)
    assert list(values) == sorted(set(values))
    if len(values) == count and high - low > 1e-3:
        steps = [y - x for x, y in itertools.pairwise(values)]
        # Six digits are kept of each value.
        assert max(steps) == pytest.approx(min(steps), rel=1e-2, abs=2.1e-6)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, MOST))
def test_whole_numbers_stay_whole_and_none_comes_twice(a, b, count):
    low, high = sorted((a, b))
    values = spread("epochs", EPOCHS, low, high, count).values
    assert all(isinstance(value, int) for value in values)
    assert (values[0], values[-1]) == (low, high)
    assert len(values) <= min(count, high - low + 1)
    assert list(values) == sorted(set(values))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("lr=0.1,0.3,0.1", (0.1, 0.3)),
        ("lr = 1e-3 ", (0.001,)),
        ("lr=0.003:3:7", (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)),
        ("lr=1e-4:1:5", (1e-4, 1e-3, 0.01, 0.1, 1.0)),
        ("lr=0.1:0.1:1", (0.1,)),
        ("momentum=0:0.9:4", (0.0, 0.3, 0.6, 0.9)),
        ("momentum=0:0.8", (0.0, 0.2, 0.4, 0.6, 0.8)),
        ("epochs=1:4:9", (1, 2, 3, 4)),
        ("optimiser=sgd,adam", ("sgd", "adam")),
        ("batch=8:128", (8, 32, 128)),
        ("nesterov=on,off", (True, False)),
    ],
)
def test_values_are_read_as_they_are_written(text, values):
    assert read_space(RUN, text).values == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr", "does not say what is tried"),
        ("lr=", "does not say what is tried"),
        ("speed=1,2", "has no knob `speed`"),
        ("lr=0.1,fast", "lr cannot be `fast`"),
        ("lr=0.1,99", "lr = 99 is out of range"),
        ("lr=1e-9:1:3", "lr = 1e-09 is out of range"),
        ("lr=1:0.1:3", "goes from 1 down to 0.1"),
        ("lr=0.1:1:1", "tried at 1 values"),
        ("lr=0.1:1:999", "tried at 999 values"),
        ("lr=0.1:1:x", "cannot go through"),
        ("lr=nan:1:3", "cannot go through"),
        ("lr=1:2:3:4", "cannot go through"),
        ("optimiser=sgd,rmsprop", "optimiser cannot be rmsprop"),
        ("batch=9:10", "no value between 9 and 10"),
        ("lr=\x1b[2J:1", "cannot go through"),
    ],
)
def test_what_is_not_allowed_is_one_clear_sentence(text, words):
    with pytest.raises(TutorError) as caught:
        read_space(RUN, text)
    assert words in caught.value.title
    assert "\x1b" not in str(caught.value)


def test_a_factor_needs_a_beginning_above_zero():
    knob = Knob(default=0.1, range=(0.0, 1.0), scale="log")
    with pytest.raises(TutorError, match="above 0"):
        spread("decay", knob, 0.0, 1.0, 3)


def test_what_a_knob_may_be_and_which_comes_first():
    assert proposed(RUN) == "lr"
    assert whole(RUN, "lr").values == (1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0)
    assert whole(RUN, "optimiser").values == ("sgd", "momentum", "adam")
    assert whole(RUN, "nesterov").values == (False, True)
    assert whole(RUN, "momentum", 3).values == (0.0, 0.495, 0.99)
    assert whole(RUN, "odd") is None
    bare = Run(id="r", entry="e", title="t", goal="g", retry="r", plot=RUN.plot)
    assert proposed(bare) == ""
    with pytest.raises(TutorError, match="No knob is swept"):
        make_plan(bare, [])


def test_knobs_that_are_not_swept_stand_as_in_the_recorded_runs():
    assert base(RUN)["pause"] == 0.0
    assert base(RUN)["lr"] == 0.003  # the cases differ in it


@given(
    st.lists(st.sampled_from([0.01, 0.1, 1.0, 3.0]), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(["sgd", "momentum", "adam"]), min_size=1, max_size=3, unique=True),
    st.integers(1, 5),
    st.integers(0, 1000),
)
def test_a_grid_is_every_value_with_every_other_on_the_same_seeds(rates, rules, seeds, first):
    plan = make_plan(
        RUN,
        [Space("lr", tuple(rates)), Space("optimiser", tuple(rules))],
        seeds=seeds,
        first_seed=first,
    )
    asked = [(each.knobs["lr"], each.knobs["optimiser"], each.seed) for each in plan.trials]
    assert len(asked) == len(set(asked)) == len(rates) * len(rules) * seeds
    assert {(lr, rule) for lr, rule, _ in asked} == set(itertools.product(rates, rules))
    assert {seed for _, _, seed in asked} == set(range(first, first + seeds))
    assert plan.values(0) == {**base(RUN), **plan.trials[0].knobs}
    assert set(plan.base).isdisjoint(plan.knobs)


@given(st.integers(1, MOST), st.integers(0, 100))
def test_what_is_drawn_lies_inside_is_told_by_its_seed_and_comes_once(count, seed):
    spaces = [read_space(RUN, "lr=1e-4:1"), read_space(RUN, "optimiser=sgd,adam")]
    plan = make_plan(RUN, spaces, draws=count, first_seed=seed)
    assert plan == make_plan(RUN, spaces, draws=count, first_seed=seed)
    assert len(plan.trials) == count
    assert len({tuple(each.knobs.items()) for each in plan.trials}) == count
    assert all(1e-4 <= each.knobs["lr"] <= 1.0 for each in plan.trials)
    assert [each.knobs["lr"] for each in plan.trials] == sorted(
        each.knobs["lr"] for each in plan.trials
    )


def test_a_logarithmic_knob_is_drawn_evenly_over_its_powers():
    drawn = [
        each.knobs["lr"]
        for seed in range(20)
        for each in make_plan(
            RUN, [read_space(RUN, "lr=1e-4:1")], draws=MOST, first_seed=seed
        ).trials
    ]
    for power in (-4, -3, -2, -1):
        share = sum(10.0**power <= lr < 10.0 ** (power + 1) for lr in drawn) / len(drawn)
        assert 0.2 < share < 0.3


def test_of_few_settings_no_more_are_drawn_than_there_are():
    plan = make_plan(RUN, [read_space(RUN, "optimiser=sgd,adam")], draws=12)
    assert [each.knobs["optimiser"] for each in plan.trials] == ["adam", "sgd"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"seeds": 20}, "140 runs; a sweep has 64 at most"),
        ({"draws": 65}, "65 runs; a sweep has 64 at most"),
        ({"seeds": 0}, "not a single run"),
        ({"draws": 0}, "not a single run"),
        ({"set_to": {"lr": 0.1}}, "lr is given twice"),
        ({"set_to": {"optimiser": "x"}}, "optimiser cannot be x"),
        ({"metric": "valid/f1"}, "no series `valid/f1`"),
    ],
)
def test_what_is_too_much_or_nothing_is_refused(asked, words):
    with pytest.raises(TutorError, match=words):
        make_plan(RUN, [whole(RUN, "lr")], **asked)


def test_settings_are_compared_on_the_validation_set():
    assert metric_of(RUN) == "valid/accuracy"
    only = Run(
        id="r", entry="e", title="t", goal="g", retry="r", plot=(Plot(series=("a", "test/b")),)
    )
    assert metric_of(only) == "test/b"
    assert metric_of(only, "a") == "a"


def test_how_long_it_takes_is_said_beforehand():
    plan = make_plan(RUN, [whole(RUN, "lr")])
    near = [Past({**plan.base, "lr": 0.5}, 2.0), Past({**plan.base, "lr": 1.0}, 4.0)]
    slow = Past({**plan.base, "lr": 0.5, "pause": 2.0}, 30.0)
    assert seconds_each([slow, *near], plan) == 3.0
    assert seconds_each([slow], plan) is None
    assert seconds_each([], plan) is None
    assert announced(7, 2, 3.0, 60) == "7 runs, 2 at a time, about 12 s"
    assert announced(1, 1, None, 60).startswith("1 run, 1 at a time; the first will tell")
    assert announced(7, 2, None, 60).endswith("4 min at most")
    assert [duration(s) for s in (0.2, 99, 100, 3700)] == ["1 s", "99 s", "2 min", "1 h 02 min"]
    assert math.isfinite(float(duration(5.5).split()[0]))
