"""Small plots side by side: one size, the same axes, nothing outside, nothing redrawn in vain."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.behind import band_series
from tutor.core.legend import BAD, BAND, LINE
from tutor.core.lesson import Plot
from tutor.core.multiples import Multiples, Panel, grid
from tutor.core.series import Metrics, Series

LOSS = Plot(series=("train/loss",))
LOG = Plot(series=("train/loss",), y="log")


def panel(values, title="0.1", end="0.5 ✓", band=None):
    metrics = Metrics()
    if values:
        metrics.series["train/loss"] = Series(range(1, len(values) + 1), values)
    return Panel(title, end, metrics, band=band)


@given(st.integers(1, 64), st.integers(1, 300), st.integers(1, 10))
def test_panels_have_places_of_their_own_inside_the_width(count, width, lines):
    where = grid(count, width, lines)
    assert where.across * where.down >= count
    assert where.across * (where.down - 1) < count, "no empty row"
    spots = [where.spot(i) for i in range(count)]
    assert len(set(spots)) == count
    for i, (x, y) in enumerate(spots):
        assert y + where.height <= where.rows
        assert where.at(x, y) == i
        if where.across > 1:
            assert x + where.width <= width


values = st.lists(
    st.one_of(st.floats(0, 10), st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300])),
    max_size=30,
)


@settings(deadline=None)
@given(
    st.lists(values, min_size=1, max_size=6),
    st.integers(1, 120),
    st.integers(1, 8),
    st.sampled_from(["braille", "block", "ascii"]),
    st.sampled_from([LOSS, LOG]),
)
def test_whatever_it_holds_a_frame_has_its_size_and_nothing_raises(
    runs, width, lines, glyphs, plot
):
    drawing = Multiples(plot, glyphs)
    panels = [panel(each, title="a long title \u202e of it") for each in runs]
    frame = drawing.frame(panels, 0, width, lines, None)
    assert {len(row) for row in frame.rows} == {width}
    assert len(frame.rows) == len(frame.roles) == grid(len(runs), width, lines).rows
    if glyphs == "ascii":
        plain = drawing.frame([each._replace(end="1") for each in panels], 0, width, lines, None)
        assert all(row.replace("\u202e", "?").isascii() for row in plain.rows)


def test_all_panels_share_their_axes():
    frame = Multiples(LOSS, "ascii").frame([panel([2.0] * 9), panel([0.5] * 9)], 0, 80, 6, 9)
    curves = [
        (x, y) for y, row in enumerate(frame.roles[1:]) for x, at in enumerate(row) if at == LINE
    ]
    high = {y for x, y in curves if x < 40}
    low = {y for x, y in curves if x > 44}
    assert max(high) < min(low)
    assert "step 0 to 9" in frame.rows[0]


def test_a_run_that_leaps_does_not_flatten_the_others():
    calm, wild = panel([2.0, 1.0, 0.5]), panel([2.0, 500.0, 2.3])
    frame = Multiples(LOSS, "braille").frame([calm, wild], 0, 80, 5, 3)
    assert frame.y.high <= 4.0
    grown = Multiples(Plot(series=("reward",)), "braille")
    rising = Panel("a", "", _metrics("reward", [0.01, 5.0, 90.0]))
    assert grown.frame([rising], 0, 80, 5, 3).y.high >= 90.0


def _metrics(name, values):
    metrics = Metrics()
    metrics.series[name] = Series(range(len(values)), values)
    return metrics


def test_nan_is_marked_where_it_came():
    frame = Multiples(LOSS, "braille").frame([panel([1.0, 0.5, math.nan])], 0, 40, 4, 3)
    assert any(role == BAD for row in frame.roles[2:] for role in row)


def test_the_usual_range_lies_behind_its_panel_alone():
    band = band_series(([1, 5, 9], [0.5, 0.4, 0.3], [1.5, 1.4, 1.3]))
    frame = Multiples(LOSS, "braille").frame(
        [panel([2.0] * 9), panel([1.0] * 9, band=band)], 0, 80, 6, 9
    )
    cells = [x for row in frame.roles[1:] for x, role in enumerate(row) if role == BAND]
    assert cells
    assert min(cells) > 40
    assert "usual range" in frame.rows[0]


def test_only_the_panel_that_goes_on_changes():
    still, going = panel([1.0, 0.9, 0.8]), panel([1.0, 0.9])
    drawing = Multiples(LOSS, "braille")
    before = drawing.frame([still, going], 0, 80, 4, 100)
    kept = drawing._drawn[0][1]
    going.metrics.series["train/loss"].extend(range(3, 90), [0.5] * 87)
    after = drawing.frame([still, going], 0, 80, 4, 100)
    assert drawing._drawn[0][1] is kept
    left, _ = grid(2, 80, 4).spot(1)
    assert [row[: left - 1] for row in before.rows] == [row[: left - 1] for row in after.rows]
    assert before.rows != after.rows


@pytest.mark.parametrize("chosen", [0, 1])
def test_the_chosen_one_has_a_mark_and_not_a_colour_alone(chosen):
    frame = Multiples(LOSS, "ascii").frame([panel([]), panel([])], chosen, 80, 4, 9)
    left, top = grid(2, 80, 4).spot(chosen)
    assert frame.rows[top][left - 1] == ">"
    assert "".join(frame.rows).count(">") == 1
