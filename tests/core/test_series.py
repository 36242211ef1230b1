"""Series: exact where they must be, bounded, never losing a spike."""

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.protocol import Finished, Readings
from tutor.core.pyramid import LEAF, WEIGHTS
from tutor.core.series import TAIL, Metrics, Series, edge

finite = st.floats(-1e6, 1e6)
anything = st.one_of(finite, st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0]))


def closed_ema(values: list[float], weight: float) -> float:
    """The debiased average by its formula, without running anything."""
    count = len(values)
    total = math.fsum(
        (1 - weight) * weight ** (count - 1 - i) * value for i, value in enumerate(values)
    )
    return total / (1 - weight**count)


@given(st.lists(finite, min_size=1, max_size=400), st.sampled_from(WEIGHTS))
def test_the_average_is_the_closed_formula(values, weight):
    series = Series(range(len(values)), values)
    assert series.ema(weight) == pytest.approx(closed_ema(values, weight), rel=1e-6, abs=1e-6)


def test_the_average_of_a_constant_is_the_constant_from_the_first_reading_on():
    series = Series()
    for step in range(300):
        series.append(step, 2.5)
        for weight in WEIGHTS:
            assert series.ema(weight) == pytest.approx(2.5)


def test_the_average_skips_what_is_not_finite():
    series = Series(range(4), [1.0, math.nan, math.inf, 3.0])
    assert series.ema(0.6) == pytest.approx(closed_ema([1.0, 3.0], 0.6))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(anything, max_size=700),
    st.integers(0, 300),
    st.integers(1, 500),
    st.integers(1, 40),
    st.integers(1, 97),
)
def test_columns_equal_brute_force(values, x0, span, n, piece):
    series = Series()
    for i in range(0, len(values), piece):
        series.extend(range(i, min(i + piece, len(values))), values[i : i + piece])
        series.columns(x0, x0 + span, n)  # what is kept from call to call must not show
    for i, column in enumerate(series.columns(x0, x0 + span, n, weight=0.9)):
        left, right = edge(x0, x0 + span, n, i), edge(x0, x0 + span, n, i + 1)
        inside = [
            (step, value)
            for step, value in enumerate(values)
            if left <= step and (step < right or (i == n - 1 and step <= x0 + span))
        ]
        if not inside:
            assert column is None
            continue
        good = [value for _, value in inside if math.isfinite(value)]
        assert column is not None
        assert (column.finite, column.bad) == (len(good), len(inside) - len(good))
        if good:
            assert (column.least, column.greatest) == (min(good), max(good))
            above = [value for value in good if value > 0]
            assert column.positive == min(above, default=math.inf)
            assert column.mean == pytest.approx(math.fsum(v / len(good) for v in good), abs=1e290)
            before = [value for value in values[: inside[-1][0] + 1] if math.isfinite(value)]
            assert column.average == pytest.approx(closed_ema(before, 0.9), rel=1e-6, abs=1e-4)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 199_999), st.integers(50, 300))
def test_a_spike_of_one_step_stands_in_its_column(at, n):
    values = [1.0] * 200_000
    values[at] = 50.0
    series = Series(range(200_000), values)
    columns = series.columns(0, 200_000, n)
    peaks = [i for i, column in enumerate(columns) if column and column.greatest == 50.0]
    assert peaks
    # Of old stretches a bucket is known, no longer the step: it may touch the next column.
    assert min(abs(peak - at * n // 200_000) for peak in peaks) <= 1


def test_log_columns_stand_at_equal_ratios():
    series = Series(range(1, 1001), [float(step) for step in range(1, 1001)])
    columns = series.columns(1, 1000, 3, log=True)
    assert [round(column.greatest) for column in columns if column] == [9, 99, 1000]


def test_the_tail_is_exact_and_older_stretches_keep_their_extremes():
    count = 3 * TAIL
    values = [math.sin(step) for step in range(count)]
    values[7] = -40.0
    series = Series()
    for i in range(0, count, 5000):
        series.extend(range(i, min(count, i + 5000)), values[i : i + 5000])
    given_out = series.values()
    assert given_out[-TAIL:] == list(zip(range(count - TAIL, count), values[-TAIL:], strict=True))
    assert given_out[0] == (0, 0.0)
    assert min(value for _, value in given_out) == -40.0
    assert len(given_out) < count


def test_memory_stays_flat():
    series, block = Series(), [0.5] * 20_000
    sizes = []
    for i in range(80):
        series.extend(range(i * 20_000, (i + 1) * 20_000), block)
        if i in (19, 79):
            sizes.append(len(pickle.dumps(series)))
    assert series.count == 1_600_000
    assert sizes[1] < sizes[0] * 1.5
    assert sizes[1] < 4_000_000


def test_records():
    series = Series([1, 2, 3, 4, 5], [0.5, -1.0, math.nan, 2.0, math.inf])
    assert (series.first, series.last, series.least, series.greatest) == (0.5, math.inf, -1.0, 2.0)
    assert (series.count, series.bad, series.nonpositive, series.positive) == (5, 2, 1, 0.5)
    assert series.first_bad is not None
    assert series.first_bad[0] == 3
    assert math.isnan(series.first_bad[1])
    assert (series.first_step, series.last_step) == (1, 5)


def test_empty():
    series = Series()
    assert (series.first, series.last, series.last_step, series.ema(0.9)) == (None,) * 4
    assert series.values() == []
    assert series.columns(0, 10, 4) == [None] * 4
    assert series.at(3) is None


def test_at_is_the_newest_reading_until_then():
    series = Series([10, 20, 30], [1.0, 2.0, 3.0])
    assert series.at(9) is None
    assert series.at(10) == (10, 1.0)
    assert series.at(29) == (20, 2.0)
    assert series.at(1e9) == (30, 3.0)


def test_steps_that_fall_or_run_over_do_no_harm():
    series = Series([5, 3, 2**80], [1.0, 2.0, 3.0])
    series.extend([1], [4.0])
    steps = [step for step, _ in series.values()]
    assert steps == sorted(steps)
    assert series.count == 4


def test_a_leaf_of_huge_values_does_not_run_over():
    series = Series(range(2 * LEAF), [1.7e308] * (2 * LEAF))
    column = series.columns(0, 2 * LEAF, 1)[0]
    assert column is not None
    assert column.mean == pytest.approx(1.7e308)
    assert series.ema(0.97) == pytest.approx(1.7e308)


def test_metrics_take_readings_in():
    metrics = Metrics()
    metrics.apply(
        Readings(
            [1, 2, 3],
            {"train/loss": [3.0, None, None], "valid/loss": [None, 1.0, None]},
            0.1,
            [("train/loss", 1, "nan"), ("valid/loss", 2, "inf"), ("gone", 9, "nan")],
        )
    )
    metrics.apply(Finished(reason="done", step=3, seconds=0.1, nonce="n"))
    train = metrics.values("train/loss")
    assert train[0] == (1, 3.0)
    assert train[1][0] == 2
    assert math.isnan(train[1][1])
    assert metrics.values("valid/loss") == [(2, 1.0), (3, math.inf)]
    assert metrics.values("unknown") == []
    assert metrics.bad == [("train/loss", 2, "nan"), ("valid/loss", 3, "inf")]
