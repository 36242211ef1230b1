"""Alerts: raised where something happens, at its step, and nowhere else."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.alerts import Watch
from tutor.core.protocol import Readings, Started, Vitals


def noisy(curve, noise=0.1, seed=0):
    draw = random.Random(seed)
    return [value * (1 + draw.uniform(-noise, noise)) for value in curve]


def raised(losses, valid=None, name="valid/loss", planned=None, chunk=7):
    watch, found = Watch(), []
    found += watch.apply(Started(total_steps=planned or len(losses)))
    for begin in range(0, len(losses), chunk):
        part = losses[begin : begin + chunk]
        steps = list(range(begin + 1, begin + len(part) + 1))
        series = {"train/loss": [v if math.isfinite(v) else None for v in part]}
        if valid:
            series[name] = [valid.get(step) for step in steps]
        bad = [("train/loss", i, "nan") for i, v in enumerate(part) if math.isnan(v)]
        found += watch.apply(Readings(steps, series, 1.0, bad))
    return found


def kinds(found):
    return [alert.kind for alert in found]


@pytest.mark.parametrize("steps", [20, 350, 5000])
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("rate", [2.0, 10.0])
def test_a_run_that_learns_raises_nothing(steps, noise, rate):
    curve = [0.1 + 2.2 * math.exp(-rate * step / steps) for step in range(steps)]
    for seed in range(5):
        assert raised(noisy(curve, noise, seed)) == []


def test_a_flat_end_after_learning_is_done_and_not_stuck():
    curve = [max(0.05, 2.3 - 0.1 * step) for step in range(1000)]
    assert raised(noisy(curve)) == []


def test_nan_is_said_at_its_step_once():
    losses = [1.0] * 30 + [math.nan] * 30
    (alert,) = raised(losses, planned=1000)
    assert alert.kind == "nan"
    assert "NaN at step 31" in alert.title
    assert alert.hint


@pytest.mark.parametrize("growth", [1.05, 1.3])
def test_a_climbing_loss_diverges(growth):
    losses = [2.0 * 0.9**step for step in range(20)]
    losses += [losses[-1] * growth**step for step in range(200)]
    found = [alert for alert in raised(noisy(losses)) if alert.kind == "divergence"]
    assert len(found) == 1
    assert losses[found[0].step - 1] > losses[0]
    assert "times its best" in found[0].title


def test_one_bad_batch_is_no_divergence():
    losses = noisy([2.0 * 0.99**step for step in range(300)])
    losses[150] = 20.0
    assert raised(losses) == []


def test_a_loss_that_never_moves_is_a_plateau_when_the_plan_says_so():
    losses = noisy([math.log(2)] * 500, 0.001)
    (alert,) = raised(losses)
    assert alert.kind == "plateau"
    assert 200 <= alert.step <= 260
    assert raised(losses[:150], planned=500) == []


@pytest.mark.parametrize(
    ("name", "rises"), [("valid/loss", True), ("valid/mae", True), ("valid/accuracy", False)]
)
def test_overfitting_needs_both_sides(name, rises):
    losses = noisy([2.0 * 0.99**step for step in range(600)])
    sign = 1 if rises else -1

    def held_out(worse):
        return {
            step: (1.0 if rises else 0.6)
            + sign * (0.4 * (1 - step / 200) if step < 200 else worse * (step - 200) / 400)
            for step in range(20, 601, 20)
        }

    found = raised(losses, held_out(0.5), name)
    assert kinds(found) == ["overfitting"]
    assert "was best at step 200" in found[0].title
    assert raised(losses, held_out(0.0), name) == []
    flat = noisy([1.0] * 100 + [0.5] * 500)
    assert "overfitting" not in kinds(raised(flat, held_out(0.5), name))


def test_dead_units_are_told_again_only_after_they_came_back():
    watch = Watch()
    shares = [0.1, 0.6, 0.9, 0.1, 0.7]
    found = [watch.apply(Vitals(step=i, dead_relus=share)) for i, share in enumerate(shares)]
    assert [len(each) for each in found] == [0, 1, 0, 0, 1]
    assert "60%" in found[1][0].title


def test_a_gradient_explodes_against_its_own_usual_size():
    watch = Watch()
    for step in range(10):
        assert watch.apply(Vitals(step=step, gradient_norm=0.5)) == []
    assert watch.apply(Vitals(step=10, gradient_norm=9.0)) == []
    (alert,) = watch.apply(Vitals(step=11, gradient_norm=600.0))
    assert alert.kind == "exploding gradient"
    assert "600" in alert.title
    assert kinds(Watch().apply(Vitals(step=1, exploded=True))) == ["exploding gradient"]


curves = st.lists(st.one_of(st.floats(1e-6, 1e6), st.just(math.nan)), min_size=1, max_size=400)


@given(curves, st.integers(1, 50), st.integers(1, 400), st.integers(1, 1000))
@settings(max_examples=80)
def test_how_readings_were_batched_changes_nothing(losses, a, b, planned):
    valid = {step: value for step, value in enumerate(losses, 1) if step % 9 == 0}
    valid = {step: value for step, value in valid.items() if math.isfinite(value)}
    one = raised(losses, valid, planned=planned, chunk=a)
    other = raised(losses, valid, planned=planned, chunk=b)
    assert set(one) == set(other)


def test_a_million_readings_cost_little():
    import time

    steps = list(range(1, 100_001))
    values = noisy([2.0 * math.exp(-step / 1e5) for step in steps], 0.2)
    event = Readings(steps, {"train/loss": values}, 1.0)
    metrics_time = time.perf_counter()
    sum(value for value in values if value is not None)
    plain = time.perf_counter() - metrics_time
    began = time.perf_counter()
    Watch().apply(event)
    # As a ratio in one run: a few plain passes over the list, not hundreds.
    assert time.perf_counter() - began < 60 * plain
