"""Guessed curves: what is inside the band, and what never is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core import guess
from tutor.core.axes import Axis
from tutor.core.reference import Band

LINEAR = guess.Axes(Axis(0.0, 100.0), Axis(0.0, 1.0))
heights = st.tuples(*[st.floats(0, 1)] * guess.ANCHORS)


def flat(value, spread=0.0):
    steps = list(range(0, 101, 10))
    return Band(
        steps,
        [value - spread] * len(steps),
        [value] * len(steps),
        [value + spread] * len(steps),
    )


@given(heights, st.floats(0, 1))
def test_a_guess_runs_through_its_anchors_and_never_leaves_the_axes(places, across):
    assert 0 <= guess.height(places, across) <= 1
    for index, place in enumerate(places):
        assert guess.height(places, index / (guess.ANCHORS - 1)) == pytest.approx(place)


@given(heights)
def test_a_guess_is_inside_the_band_that_is_itself(places):
    values = [guess.height(places, step / 100) for step in range(101)]
    truth = Band(list(range(101)), values, values, values)
    assert guess.share_inside(places, truth, LINEAR) == 1.0


@given(heights, st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_wider_band_never_holds_less(places, value, narrow, more):
    small = guess.share_inside(places, flat(value, narrow), LINEAR)
    assert 0 <= small <= guess.share_inside(places, flat(value, narrow + more), LINEAR) <= 1


def test_half_the_way_inside_is_half():
    places = (0.5, 0.5, 0.5, 1.0, 1.0)
    inside = guess.share_inside(places, flat(0.5, 0.1), LINEAR)
    assert 0.5 < inside < 0.6


def test_the_band_is_widened_by_a_tenth_of_its_range():
    steps = [0, 100]
    ramp = Band(steps, [0.0, 1.0], [0.0, 1.0], [0.0, 1.0])
    line = (0.0, 0.25, 0.5, 0.75, 1.0)
    assert guess.share_inside(tuple(min(1, p + 0.09) for p in line), ramp, LINEAR) == 1.0
    assert guess.share_inside(tuple(min(1, p + 0.12) for p in line), ramp, LINEAR) < 0.3


def test_on_a_log_axis_factors_count():
    drawn = guess.Axes(Axis(0.0, 100.0), Axis(1e-4, 1.0, log=True))
    low = guess.share_inside((0.25,) * 5, flat(1e-3, 1e-4), drawn)
    high = guess.share_inside((0.5,) * 5, flat(1e-3, 1e-4), drawn)
    assert (low, high) == (1.0, 0.0)


def test_where_the_truth_is_not_finite_nothing_counts():
    half = Band([0, 50, 100], [0.5, 0.5, None], [0.5, 0.5, None], [0.5, 0.5, None])
    assert guess.share_inside((0.5, 0.5, 0.5, 0.0, 0.0), half, LINEAR) == 1.0
    none = Band([0, 100], [None, None], [None, None], [None, None])
    assert guess.share_inside((0.5,) * 5, none, LINEAR) == 0.0


def test_axes_hold_every_case_and_need_one():
    found = guess.axes([flat(0.2), flat(3.0)], log=False)
    assert found is not None
    assert found.y.low <= 0.2 < 3.0 <= found.y.high
    assert guess.axes([], log=False) is None


def test_anchors_stop_at_the_edges():
    places = guess.moved(guess.MIDDLE, 2, 100)
    assert places == (0.5, 0.5, 1.0, 0.5, 0.5)
    assert guess.moved(places, 2, -300)[2] == 0.0


def test_the_curve_for_the_plot_is_the_guess():
    points = guess.curve((0.0, 0.25, 0.5, 0.75, 1.0), LINEAR)
    assert points[0] == (0, 0.0)
    assert points[-1] == (100, 1.0)
    assert all(math.isclose(value, step / 100, abs_tol=0.02) for step, value in points)


@given(
    heights, st.integers(0, 90), st.integers(0, 30), st.sampled_from(["braille", "block", "ascii"])
)
def test_it_is_drawn_at_any_size(places, width, height, glyphs):
    canvas = guess.draw(places, LINEAR, (width, height), glyphs, cursor=1, truth=flat(0.4, 0.1))
    assert len(canvas.rows) == height
    assert all(len(row) == width for row in canvas.rows)
    if glyphs == "ascii":
        assert all(char.isascii() for row in canvas.rows for char in row)
