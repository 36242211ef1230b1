"""Plots as text: they never raise, never draw outside, and never hide what matters."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.axes import Axis, around, grown, labels, short, step_axis, ticks
from tutor.core.canvas import MARKS
from tutor.core.legend import BAD, GHOST, LINE, RAW, TARGET
from tutor.core.lesson import Plot
from tutor.core.raster import Chart, Overlay
from tutor.core.series import Metrics, Series
from tutor.core.text_plot import text_plot

GLYPHS = ("braille", "block", "ascii")
BOTH = Plot(series=("train/loss", "valid/loss"))
GOLDEN = r"""
       - train/loss 0       best 0
       o valid/loss 0.5000  best 0.5000
     4+'-..
      |   ''...o-.
      |       ''..'--.
      |           ''..'o.
     2+              ''|.''-..
      |                  ''.. 'o.
      |.. .. .. .. .. .. .. '''..'-.... . pass
      |                         '''..'-o
     0+                             ''-.
      ++---------------+---------------+------+
 step  0              20              40     50
                                  linear y  raw
"""
HARD = {
    "empty": [],
    "one point": [(1, 2.0)],
    "constant": [(step, 2.0) for step in range(50)],
    "all NaN": [(step, math.nan) for step in range(50)],
    "infinities": [(1, 1.0), (2, math.inf), (3, -math.inf), (4, 2.0)],
    "huge": [(1, 1e300), (2, -1e300), (3, 1.7e308), (4, -1.7e308)],
    "tiny": [(1, 5e-324), (2, 1e-310)],
    "zero": [(1, 0.0), (2, 0.0)],
    "negative": [(step, -1.0 - step) for step in range(9)],
    "one step twice": [(3, 1.0), (3, 2.0), (3, -2.0)],
}


def chart(points, valid=(), *, plot=BOTH, glyphs="braille"):
    metrics = Metrics()
    for name, each in (("train/loss", points), ("valid/loss", valid)):
        if each:
            metrics.series[name] = Series([step for step, _ in each], [value for _, value in each])
    return Chart(plot, metrics, glyphs)


def owners(frame, role):
    """Cells of a role."""
    return {(x, y) for y, row in enumerate(frame.roles) for x, at in enumerate(row) if at == role}


def assert_whole(frame, width, height):
    assert len(frame.rows) == len(frame.roles) == height
    assert {len(row) for row in frame.rows} <= {width}
    x, y, w, h = frame.area
    for role in (LINE, LINE + 1, RAW, RAW + 1):
        for column, row in owners(frame, role):
            in_area = x <= column < x + w and y <= row < y + h
            # The legend and the crosshair's row share the colours of the curves.
            assert in_area or row < y or row == height - 1


@pytest.mark.parametrize("points", HARD.values(), ids=HARD.keys())
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("glyphs", GLYPHS)
def test_hard_data_at_every_size(points, log, glyphs):
    shown = chart(points, points[::2], glyphs=glyphs)
    shown.log_y = shown.log_x = log
    for width, height in ((1, 1), (2, 3), (20, 5), (40, 12), (80, 24), (300, 80)):
        for weight in (0.0, 0.9):
            shown.weight = weight
            assert_whole(shown.frame(width, height), width, height)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.floats(allow_nan=True, allow_infinity=True)), max_size=60
    ),
    st.integers(1, 120),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from(GLYPHS),
)
def test_any_data_at_any_size(points, width, height, log, glyphs):
    points.sort(key=lambda point: point[0])
    shown = chart(points, points[::3], plot=Plot(series=BOTH.series, target=0.5), glyphs=glyphs)
    shown.log_y = log
    shown.cross = 7.0
    assert_whole(shown.frame(width, height), width, height)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9_999), st.sampled_from([0.0, 0.6, 0.9, 0.97]), st.sampled_from(GLYPHS))
def test_a_spike_of_one_step_is_seen_in_its_column(at, weight, glyphs):
    values = [(step, 50.0 if step == at else 1.0) for step in range(10_000)]
    shown = chart(values, glyphs=glyphs)
    shown.weight, shown.planned = weight, 10_000
    frame = shown.frame(80, 24)
    x, y, width, _ = frame.area
    highest = min(row for column, row in owners(frame, RAW) | owners(frame, LINE) if row >= y)
    cells = {c for c, row in owners(frame, RAW) | owners(frame, LINE) if row == highest}
    assert x + at * width // 10_000 in cells


def test_nan_is_marked_at_its_step_and_explained():
    shown = chart([(step, math.nan if step >= 50 else 1.0 + step) for step in range(101)])
    shown.planned = 100
    frame = shown.frame(80, 20)
    marks = owners(frame, BAD)
    x, _, width, _ = frame.area
    axis_row = 20 - 3
    columns = sorted(column for column, row in marks if row == axis_row)
    assert columns[0] == x + width // 2
    assert frame.rows[axis_row][columns[0]] == "x"
    assert "train/loss became NaN at step 50" in frame.rows[-1]


def test_an_infinite_value_is_explained():
    frame = chart([(1, 1.0), (2, math.inf)]).frame(80, 20)
    assert "train/loss became infinite at step 2" in frame.rows[-1]


def test_values_not_above_zero_are_counted_on_a_log_axis_only():
    shown = chart([(1, 1.0), (2, 0.0), (3, -2.0), (4, -3.0), (5, 4.0)])
    assert "not drawn" not in shown.frame(80, 20).rows[-1]
    shown.log_y = True
    assert "3 points <= 0 not drawn" in shown.frame(80, 20).rows[-1]


@pytest.mark.parametrize("glyphs", GLYPHS)
def test_the_held_out_series_has_marks_of_its_own(glyphs):
    train = [(step, 3.0 - step / 50) for step in range(100)]
    frame = chart(train, train[9::10], glyphs=glyphs).frame(80, 20)
    x, y, w, h = frame.area
    inside = [row[x : x + w] for row in frame.rows[y : y + h]]
    assert sum(row.count(MARKS[glyphs][1]) for row in inside) >= 5
    assert sum(row.count(MARKS[glyphs][0]) for row in inside) == 0


def test_one_reading_is_a_mark():
    frame = chart([(5, 1.0)]).frame(60, 16)
    assert sum(row.count("◆") for row in frame.rows) == 1


def test_a_whole_plot_in_plain_letters():
    metrics = Metrics()
    metrics.series["train/loss"] = Series(range(41), [4.0 - step / 10 for step in range(41)])
    metrics.series["valid/loss"] = Series([10, 20, 30, 40], [3.5, 2.5, 1.5, 0.5])
    plot = Plot(series=BOTH.series, target=1.0, target_label="pass")
    assert (
        text_plot(plot, metrics, 48, 14, total_steps=50, glyphs="ascii") == GOLDEN.split("\n")[1:-1]
    )


def test_few_readings_are_not_smoothed_unless_asked_for():
    few = chart([(step * 50, float(step)) for step in range(1, 11)])
    few.planned = 1000
    few.frame(80, 20)
    assert few.smoothing == 0.0
    few.weight = 0.6
    assert few.smoothing == 0.6
    many = chart([(step, float(step)) for step in range(1, 11)])
    many.planned = 1000
    many.frame(80, 20)
    assert many.smoothing == 0.9


def test_before_the_first_reading():
    rows = text_plot(BOTH, Metrics(), 60, 16, total_steps=200)
    assert any("waiting for the first reading" in row for row in rows)
    assert rows[-2].endswith("200")


def test_last_and_best_values_stand_in_the_legend():
    frame = chart([(1, 3.0), (2, 0.25), (3, 0.5)]).frame(90, 20)
    assert "train/loss 0.5000  best 0.2500" in frame.rows[0]


def test_no_value_of_the_legend_is_cut_at_the_edge():
    for width in range(30, 100):
        rows = chart([(1, 3.0), (2, 0.25)], [(1, 2.0), (2, 1.125)]).frame(width, 20).rows[:2]
        text = " ".join(" ".join(rows).split())
        assert ("best" in text) == ("best 1.125" in text) == ("best 0.2500" in text), width
        assert "0.2500" in text or "train/loss" in text, width


def test_narrow_legends_keep_the_names():
    rows = chart([(1, 3.0)], [(1, 2.0)]).frame(40, 9).rows
    assert "train 3.000" in rows[0]
    assert "valid" in rows[0]


def test_the_target_is_a_dashed_line_with_words():
    plot = Plot(series=BOTH.series, target=2.2, target_label="below 2.20 C: passed")
    frame = chart([(step, 8.0 - step / 20) for step in range(50)], plot=plot).frame(80, 20)
    assert any("below 2.20 C: passed" in row for row in frame.rows)
    assert len({row for _, row in owners(frame, TARGET)}) == 1


def test_words_at_the_target_give_way_to_the_curve():
    plot = Plot(series=BOTH.series, target=1.0, target_label="here")
    shown = chart([(step, 1.0) for step in range(50)], plot=plot)
    shown.planned, shown.weight = 49, 0.0
    frame = shown.frame(80, 20)
    curve = {row for column, row in owners(frame, LINE) if row >= frame.area[1]}
    words = {row for row, text in enumerate(frame.rows) if " here " in text}
    assert words
    assert not words & curve


def test_y_only_grows_while_it_is_watched():
    shown = chart([(1, 2.0)])
    shown.planned = 1000
    series = shown.metrics.series["train/loss"]
    axes = [shown.frame(80, 20).y]
    for step in range(2, 1000):
        series.append(step, 2.0 + math.sin(step) * step / 100)
        axes.append(shown.frame(80, 20).y)
    for old, new in itertools.pairwise(axes):
        assert new.low <= old.low
        assert new.high >= old.high
    assert len(set(axes)) <= 12


def test_x_is_the_plan_else_it_doubles():
    assert step_axis(None, 400, 3) == Axis(0.0, 400.0)
    axis = None
    seen = []
    for last in (0, 10, 49, 51, 99, 101, 350):
        axis = step_axis(axis, None, last)
        seen.append(axis.high)
    assert seen == [50, 50, 50, 100, 100, 200, 400]
    assert step_axis(None, 100, 130).high >= 130


def test_a_zoomed_plot_shows_its_steps_and_comes_back():
    shown = chart([(step, float(step)) for step in range(1001)])
    shown.planned = 1000
    shown.zoom(0.25, 1000.0)
    frame = shown.frame(80, 20)
    assert (frame.x.low, frame.x.high) == (750.0, 1000.0)
    assert frame.y.low >= 500
    shown.pan(-0.25)
    assert shown.frame(80, 20).x.high == pytest.approx(937.5)
    for _ in range(5):
        shown.zoom(2.0, 900.0)
    assert shown.window is None


def test_a_try_that_blew_up_does_not_flatten_the_next():
    shown = chart([(step, 2.0) for step in range(50)])
    shown.behind.set_ghosts([("last train/loss", [(1, 2.0), (2, 1e9)])])
    assert shown.frame(80, 20).y.high < 10
    shown.reset()
    shown.behind.set_ghosts([("last train/loss", [(1, 2.0), (40, 5.0)])])
    frame = shown.frame(80, 20)
    assert frame.y.high >= 5
    assert owners(frame, GHOST)


def test_crosshair_reads_every_series():
    shown = chart([(step, step / 10) for step in range(100)], [(50, 7.5)])
    shown.cross = 60.0
    assert shown.frame(100, 20).rows[-1].split()[:6] == [
        "step", "60", "train/loss", "6.000", "valid/loss", "7.500",
    ]  # fmt: skip


def test_names_that_are_no_single_cells_do_not_shift_anything():
    plot = Plot(series=("損失", "e\u0301/x"), title="日本" * 3)
    metrics = Metrics()
    metrics.series["損失"] = Series([1, 2], [1.0, 2.0])
    assert_whole(Chart(plot, metrics).frame(60, 14), 60, 14)


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(6, 12))
def test_numbers_keep_their_width(value, width):
    text = short(value, width)
    assert len(text) <= width
    if 1e-290 < abs(value) < 1e307 and width > 6:
        assert float(text) == pytest.approx(value, rel=0.34)


@given(st.floats(-1e300, 1e300), st.floats(0, 1e300), st.booleans(), st.integers(2, 8))
def test_ticks_stand_on_their_axis_with_labels_of_one_width(low, span, log, count):
    axis = around([low, low + span], log=log)
    if axis is None:
        return
    assert axis.low < axis.high
    found = ticks(axis, count)
    assert found == sorted(found)
    assert {len(label) for label in labels(found)} <= {6}
    for value in (low, low + span):
        if not log or value > 0:
            assert 0.0 <= axis.place(value) <= 1.0


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=30), st.booleans())
def test_a_grown_axis_holds_what_it_held(values, log):
    axis = None
    for value in values:
        new = grown(axis, [value], log=log)
        if new is not None and (not log or value > 1e-290):
            slack = 1e-5 * (new.high - new.low)  # limits are round, so a hair may be missing
            assert new.low - slack <= max(-8e307, min(8e307, value)) <= new.high + slack
        if axis is not None and new is not None:
            assert new.low <= axis.low
            assert new.high >= axis.high
        axis = new


def test_ticks_are_round():
    halves = labels(ticks(Axis(0.0, 2.5), 5))
    assert halves == ["   0.0", "   0.5", "   1.0", "   1.5", "   2.0", "   2.5"]
    powers = labels(ticks(Axis(1e-3, 10.0, log=True), 8))
    assert [label.strip() for label in powers] == ["0.001", "0.01", "0.1", "1", "10"]


def flat(value, steps=40):
    return Series(range(steps), [value] * steps)


def test_runs_over_each_other_keep_their_colours_and_one_is_on_top():
    metrics = Metrics()
    metrics.series = {"lr 0.1": flat(1.0), "lr 3": flat(1.0)}
    shown = Chart(Plot(series=()), Metrics())
    names = ("lr 0.1", "lr 3")
    for top, slots in ((0, (4, 2)), (1, (4, 2)), (0, (2, 4))):
        shown.lay(Overlay(Plot(series=names), metrics, slots, "train/loss", top=top))
        frame = shown.frame(60, 16)
        x, y, width, height = frame.area
        drawn = {LINE + slot: len(owners(frame, LINE + slot)) for slot in slots}
        inside = {
            role
            for row in frame.roles[y : y + height]
            for role in row[x : x + width]
            if role >= LINE
        }
        # The same curve twice: of the one below nothing is left but its name in the legend.
        assert inside == {LINE + slots[top]}
        assert drawn[LINE + slots[1 - top]] > 0
        legend = "".join(frame.rows[:2])
        assert legend.index("lr 0.1") < legend.index("lr 3")


def test_what_runs_measure_says_which_of_their_values_is_best():
    metrics = Metrics()
    metrics.series = {"lr 3": Series([1, 2, 3], [0.2, 0.9, 0.5])}
    shown = Chart(Plot(series=()), Metrics(), "ascii")
    for measured, best in (("test/accuracy", "0.9000"), ("train/loss", "0.2000")):
        shown.lay(Overlay(Plot(series=("lr 3",)), metrics, (0,), measured))
        assert f"best {best}" in shown.frame(60, 16).rows[0]


def test_other_runs_have_limits_of_their_own_and_the_same_ones_keep_theirs():
    metrics = Metrics()
    metrics.series = {"a": flat(1.0), "b": flat(500.0)}
    shown = Chart(Plot(series=()), Metrics())

    def laid(*names):
        shown.lay(Overlay(Plot(series=names), metrics, range(len(names)), "train/loss"))
        return shown.frame(60, 16).y.high

    both = laid("a", "b")
    assert both >= 500
    assert laid("a") < 5
    metrics.series["a"].append(41, 4.0)
    assert laid("a") >= 4
    shown.lay(Overlay(Plot(series=()), Metrics(), (), "", empty="nothing was read"))
    assert "nothing was read" in "\n".join(shown.frame(60, 16).rows)
