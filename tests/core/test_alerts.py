"""Alerts: raised where something happens, at its step, and nowhere else."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.alerts import Watch
from tutor.core.protocol import Finished, KnobTurned, Readings, Started, Vitals


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
    assert 195 <= alert.step <= 260
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


# --- the same alerts, however the record was written --------------------------------------------------


def rows_of(event):
    """A record of several readings as records of one."""
    if not isinstance(event, Readings):
        return [event]
    return [
        Readings(
            [step],
            {name: [column[i]] for name, column in event.s.items()},
            event.elapsed,
            [(name, 0, kind) for name, row, kind in event.bad if row == i],
        )
        for i, step in enumerate(event.step)
    ]


def merged(record, sizes):
    """Records of one reading in records of several, none across another event."""
    out, left = [], 0
    for event in record:
        if isinstance(event, Readings) and left and out and isinstance(out[-1], Readings):
            before, rows = out.pop(), 0
            rows = len(before.step)
            names = dict.fromkeys([*before.s, *event.s])
            columns = {n: before.s.get(n, [None] * rows) + event.s.get(n, [None]) for n in names}
            bad = before.bad + [(name, rows, kind) for name, _, kind in event.bad]
            out.append(Readings(before.step + event.step, columns, 0.0, bad))
            left -= 1
        else:
            out.append(event)
            left = next(sizes)
    return out


def told(record):
    watch = Watch()
    return [alert for event in record for alert in watch.apply(event)]


@st.composite
def stories(draw):
    """Runs that go through several moods, with vitals and turned knobs in between."""
    total = draw(st.sampled_from([None, 40, 300, 1000]))
    record = [Started(total_steps=total, samples_per_step=32)]
    moods = st.sampled_from([0.9, 0.97, 1.0, 1.1, 1.5, 0.0])
    dice = random.Random(draw(st.integers(0, 99)))
    level, step = 2.0, 0
    for mood in draw(st.lists(moods, min_size=1, max_size=8)):
        for _ in range(draw(st.integers(1, 80))):
            step += 1
            series, bad = {}, []
            if mood == 0.0 and dice.random() < 0.7:
                series, bad = {"train/loss": [None]}, [("train/loss", 0, "nan")]
            else:
                level = min(max(level * (mood or 1.0), 1e-3), 1e9)
                series = {"train/loss": [level * dice.uniform(0.7, 1.4)]}
            if step % 4 == 0:
                series["valid/loss"] = [3.0 - level + dice.random()]
            record.append(Readings([step], series, 0.0, bad))
        kind = draw(st.sampled_from(["knob", "vitals", "none"]))
        if kind == "knob":
            record.append(KnobTurned(step, "learning_rate", 0.1))
        elif kind == "vitals":
            record.append(Vitals(step, dice.choice([0.1, 1e4]), 0.1, dice.choice([0.0, 0.9])))
    ended = Finished(reason="done", step=step, seconds=1.0, nonce="n")
    return [*record, ended]


@given(stories(), st.lists(st.integers(0, 200), min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_alerts_hang_on_the_steps_and_not_on_the_records(record, sizes):
    import itertools

    assert told(merged(record, itertools.cycle(sizes))) == told(record)


def test_rows_and_records_agree_where_a_loss_goes_to_and_fro():
    losses = [2.0 * 0.95**i for i in range(60)] + [9.0] * 30 + [0.1] * 60 + [9.0] * 30
    planned = Started(total_steps=len(losses))
    whole = Readings(list(range(1, len(losses) + 1)), {"train/loss": losses}, 1.0)
    found = told([planned, whole])
    assert [alert.kind for alert in found] == ["divergence", "divergence"]
    assert found == told([planned, *rows_of(whole)])


# --- once until it has passed ----------------------------------------------------------------------------


def test_a_loss_that_hops_about_the_line_is_told_once():
    """A rate too large on features of any scale: the loss leaps between 1 and 30 for the whole run."""
    losses = [0.69, *noisy([10.0] * 574, 0.9)]
    watch = Watch()
    found = watch.apply(Started(total_steps=575, samples_per_step=32))
    found += watch.apply(Readings(list(range(1, 576)), {"train/loss": losses}, 1.0))
    assert kinds(found) == ["divergence"]


def test_a_first_reading_of_one_sample_is_no_measure():
    losses = [0.01, *noisy([10.0 * 0.99**i for i in range(574)], 0.9)]
    watch = Watch()
    watch.apply(Started(total_steps=575, samples_per_step=1))
    assert watch.apply(Readings(list(range(1, 576)), {"train/loss": losses}, 1.0)) == []


def test_nan_is_told_again_after_the_loss_came_back():
    losses = [1.0] * 10 + [math.nan] * 3 + [1.0] * 3 + [math.nan] + [1.0] * 40 + [math.nan]
    found = raised(losses, planned=200)
    assert [(alert.kind, alert.step) for alert in found] == [("nan", 11), ("nan", 58)]


def test_a_nan_epoch_after_epoch_is_told_once():
    losses = noisy([2.0 * 0.99**i for i in range(300)])
    watch, found = Watch(), []
    watch.apply(Started(total_steps=300))
    for step, loss in enumerate(losses, 1):
        bad = [("valid/mae", 0, "inf")] if step % 30 == 0 else []
        series = {"train/loss": [loss], "valid/mae": [None]}
        found += watch.apply(Readings([step], series, 1.0, bad))
    assert [alert.title for alert in found] == ["valid/mae became infinite at step 30."]


def test_the_precision_of_nothing_is_no_alarm():
    bad = [("valid/precision", 0, "nan")]
    assert Watch().apply(Readings([1], {"valid/precision": [None]}, 1.0, bad)) == []


def test_the_gradient_of_a_nan_is_no_news():
    watch = Watch()
    (alert,) = watch.apply(Readings([1], {"train/loss": [None]}, 1.0, [("train/loss", 0, "nan")]))
    assert alert.title == "The loss became NaN at step 1."
    assert watch.apply(Vitals(step=2, exploded=True)) == []


def test_a_gradient_that_calms_down_may_explode_again():
    watch = Watch()
    norms = [0.5] * 6 + [600.0, 700.0, 0.6, 600.0]
    found = [watch.apply(Vitals(step=i, gradient_norm=norm)) for i, norm in enumerate(norms)]
    assert [len(each) for each in found] == [0] * 6 + [1, 0, 0, 1]


def test_a_plateau_is_told_again_after_the_loss_fell_and_came_back():
    losses = noisy([1.0] * 750 + [0.5] * 400 + [1.0] * 850, 0.01)
    found = raised(losses)
    assert kinds(found) == ["plateau", "plateau"]


def test_after_a_turn_of_a_knob_a_plateau_is_waited_for_anew():
    watch = Watch()
    watch.apply(Started(total_steps=500))
    losses = noisy([1.0] * 500, 0.01)
    watch.apply(KnobTurned(150, "learning_rate", 0.1))
    (alert,) = watch.apply(Readings(list(range(1, 501)), {"train/loss": losses}, 1.0))
    assert alert.step >= 345


def test_a_run_without_a_plan_is_watched_too():
    losses = [2.0 * 0.9**i for i in range(30)] + [50.0] * 100
    watch = Watch()
    found = watch.apply(Readings(list(range(1, 131)), {"loss": losses}, 1.0))
    assert kinds(found) == ["divergence"]


def test_names_of_series_are_made_visible():
    event = Readings([1], {"train/\x1b[2J": [None]}, 1.0, [("train/\x1b[2J", 0, "nan")])
    (alert,) = Watch().apply(event)
    assert "\x1b" not in alert.title


@pytest.mark.parametrize("planned", [None, 1_000_000])
def test_dense_held_out_series_cost_little_too(planned):
    """Counted, not timed: how often a window is judged."""
    watch, ends = Watch(), []
    watch._judge_held_out = ends.append
    watch.apply(Started(total_steps=planned))
    for begin in range(1, 1_000_001, 10_000):
        steps = list(range(begin, begin + 10_000))
        watch.apply(Readings(steps, {"valid/loss": [0.5] * 10_000}, 1.0))
    assert len(ends) < 4000
