"""Runs of millions of readings: drawn whole, a spike of one step never lost, memory bounded."""

import math
import pickle
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.boxes import width as columns_of
from tutor.core.legend import LINE, RAW
from tutor.core.lesson import Plot
from tutor.core.raster import Chart
from tutor.core.series import TAIL, Metrics, Series

MILLION = 1_000_000
SIZES = ((1, 1), (2, 3), (7, 4), (22, 9), (40, 12), (80, 24), (300, 80))
GLYPHS = ("braille", "block", "ascii")
SPIKE = 100.0


@cache
def spiked(at: int) -> Series:
    """A falling loss of a million readings with one spike, taken in as a run brings it."""
    series = Series()
    for start in range(0, MILLION, 20_000):
        values = [1.0 + math.exp(-step / 1e5) for step in range(start, start + 20_000)]
        if start <= at < start + 20_000:
            values[at - start] = SPIKE
        series.extend(range(start, start + 20_000), values)
    return series


def chart(series: Series, glyphs: str) -> Chart:
    metrics = Metrics()
    metrics.series["train/loss"] = series
    shown = Chart(Plot(series=("train/loss",)), metrics, glyphs)
    shown.planned = MILLION
    return shown


@pytest.mark.parametrize("glyphs", GLYPHS)
@pytest.mark.parametrize("log", [False, True])
def test_a_million_readings_fill_exactly_the_cells_there_are(glyphs, log):
    shown = chart(spiked(123_457), glyphs)
    shown.log_x = shown.log_y = log
    for width, height in SIZES:
        frame = shown.frame(width, height)
        assert len(frame.rows) == height
        for row in frame.rows:
            assert len(row) == columns_of(row) == width
            assert all(columns_of(char) == 1 for char in row)
        assert glyphs != "ascii" or "".join(frame.rows).isascii()


@pytest.mark.parametrize("at", [0, 1, 123_457, MILLION - TAIL, MILLION - 1])
@pytest.mark.parametrize("glyphs", GLYPHS)
def test_one_step_in_a_million_is_seen(at, glyphs):
    frame = chart(spiked(at), glyphs).frame(100, 30)
    x, y, width, height = frame.area
    drawn = [
        (row, column)
        for row in range(y, y + height)
        for column, role in enumerate(frame.roles[row])
        if role in (RAW, LINE) and column >= x
    ]
    assert frame.y.high >= SPIKE
    top = min(row for row, _ in drawn)
    assert top < y + height // 3, "it stands far above the rest"
    columns = [column for row, column in drawn if row == top]
    assert min(abs(column - x - at * width // MILLION) for column in columns) <= 1


def test_memory_is_bounded_whatever_comes():
    series, draw, sizes = Series(), random.Random(0), []
    block = [draw.random() for _ in range(50_000)]
    for i in range(60):
        series.extend(range(i * 50_000, (i + 1) * 50_000), block)
        if i in (9, 59):
            sizes.append(len(pickle.dumps(series)))
    assert series.count == 3_000_000
    assert sizes[1] < 1.3 * sizes[0]
    assert sizes[1] < 5_000_000
    assert len(series.values()) < 3_000_000 / 10


@settings(max_examples=30, deadline=None)
@given(st.integers(0, MILLION - 40_000), st.integers(20_000, MILLION))
def test_a_stretch_of_a_long_run_has_the_extremes_it_had(left, span):
    """Of old stretches a bucket is known, no longer each step: the ends may be off by one."""
    bucket, at = 5_000, 123_457
    right = min(left + span, MILLION - 1)
    column = spiked(at).columns(left, right, 1)[0]
    assert column is not None
    assert abs(column.finite - (right - left + 1)) <= 2 * bucket
    if left + bucket <= at <= right - bucket:
        assert column.greatest == SPIKE
    elif not left - bucket <= at <= right + bucket:
        assert column.greatest <= 1.0 + math.exp(-(left - bucket) / 1e5)
    assert 1.0 + math.exp(-(right + bucket) / 1e5) <= column.least
    assert column.least <= 1.0 + math.exp(-(right - bucket) / 1e5)
