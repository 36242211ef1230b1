"""Moments on the plot: where they are, and that they never hide a curve."""

import pytest

from tutor.core.lesson import Plot
from tutor.core.moments import Moment, nearest
from tutor.core.protocol import Readings
from tutor.core.raster import Chart
from tutor.core.series import Metrics

KNOB = Moment(50, "knob", "learning_rate 0.1 from step 50 on")
ALERT = Moment(80, "alert", "The loss climbs")
RESUMED = Moment(20, "resumed", "went on from step 20")


def chart(glyphs="braille", moments=()):
    metrics = Metrics()
    steps = list(range(1, 101))
    metrics.apply(Readings(steps, {"train/loss": [1.0 / step for step in steps]}, 1.0))
    made = Chart(Plot(series=("train/loss",)), metrics, glyphs)
    made.planned = 100
    made.moments = moments
    return made


@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
def test_each_stands_under_its_step(glyphs):
    frame = chart(glyphs, [RESUMED, KNOB, ALERT]).frame(80, 20)
    x, y, width, height = frame.area
    axis = frame.rows[y + height]
    signs = ("^", "!", ">") if glyphs == "ascii" else ("▲", "!", "»")
    for sign, step in zip(signs, (50, 80, 20), strict=True):
        cell = x + int(frame.x.place(step) * width)
        assert axis[cell] == sign, (axis, sign)


def test_the_words_of_the_newest_turn_stand_below():
    made = chart(moments=[RESUMED, KNOB, ALERT])
    assert KNOB.words in made.frame(100, 20).rows[-1]
    made.cross = 20.0
    assert RESUMED.words in made.frame(100, 20).rows[-1]
    made.cross = 5.0
    assert "from step" not in made.frame(100, 20).rows[-1]


def test_curves_lie_over_the_uprights():
    plain, marked = chart().frame(80, 20), chart(moments=[KNOB]).frame(80, 20)
    x, y, width, height = marked.area
    column = x + int(marked.x.place(50) * width)
    for row in range(y, y + height):
        for cell in range(x, x + width):
            if cell != column or plain.rows[row][cell] not in " ":
                assert marked.rows[row][cell] == plain.rows[row][cell]
    dotted = [row for row in range(y, y + height) if marked.rows[row][column] != " "]
    assert len(dotted) > height // 2


def test_what_is_out_of_the_window_is_not_drawn():
    made = chart(moments=[KNOB])
    made.window = (60.0, 90.0)
    frame = made.frame(80, 20)
    assert "▲" not in frame.rows[frame.area[1] + frame.area[3]]


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (5, 3), (22, 5), (200, 60)])
def test_any_size(size):
    frame = chart(moments=[KNOB, ALERT]).frame(*size)
    assert len(frame.rows) == size[1]


def test_alerts_are_told_elsewhere():
    assert nearest([ALERT], None, 1.0) == ""
    assert nearest([], None, 1.0) == ""
