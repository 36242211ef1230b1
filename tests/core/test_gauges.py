"""Gauges: what stands in them, what a curve keeps of the last minute, and what changes from look to look."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.device import GIB, Device, Process, Survey
from tutor.core.gauges import CELL, CELLS, UNKNOWN, History, bar_cells, curve, cuts, draw, gauges
from tutor.core.legend import GHOST, LINE, QUIET, TITLE


def gpu(**told):
    """A card that tells everything, but for what is said otherwise."""
    known = {
        "memory_total": 80 * GIB,
        "memory_free": 20 * GIB,
        "utilisation": 83,
        "temperature": 71,
        "power": 412,
        "power_limit": 700,
        "processes": (
            Process(7, "me", 12 * GIB, mine=True),
            Process(8, "you", 30 * GIB),
            Process(9, "", 6 * GIB),
        ),
    }
    return Device(id="GPU-a", name="NVIDIA H100", kind="cuda", index=0, **(known | told))


def cpu(**told):
    known = {"memory_total": 16 * GIB, "memory_free": 12 * GIB, "utilisation": 31}
    known |= {"temperature": 55, "load": 3.0, "cores": 4}
    return Device(id="cpu", name="CPU, 4 cores", kind="cpu", **(known | told))


def words(device):
    return {gauge.name: (gauge.share, gauge.words) for gauge in gauges([(0.0, device)])}


def test_what_a_gpu_tells():
    found = words(gpu())
    assert found == {
        "utilisation": (0.83, "83 %"),
        "memory": (0.75, "60.0 of 80 GiB"),
        "temperature": (0.71, "71 °C"),
        "power": (pytest.approx(412 / 700), "412 of 700 W"),
        # Mine are not others'; of whom nothing is known is another.
        "others": (pytest.approx(36 / 80), "36.0 GiB in 2 processes"),
    }


def test_what_a_cpu_tells():
    assert words(cpu()) == {
        "utilisation": (0.31, "31 %"),
        "load": (0.75, "3.0 for 4 cores"),
        "memory": (0.25, "4.0 of 16 GiB"),
        "temperature": (0.55, "55 °C"),
    }
    assert words(cpu(load=0.5, cores=1))["load"] == (0.5, "0.5 for 1 core")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"utilisation": None}, "utilisation"),
        ({"memory_total": None}, "memory"),
        ({"memory_free": None}, "memory"),
        ({"temperature": None}, "temperature"),
        ({"power": None}, "power"),
        ({"processes": None}, "others"),
    ],
)
def test_what_is_not_told_is_said_to_be_so(told, name):
    assert words(gpu(**told))[name] == (None, UNKNOWN)
    assert list(words(gpu(**told))) == list(words(gpu()))


def test_a_cpu_of_which_nothing_is_known_but_its_load():
    silent = cpu(memory_total=None, utilisation=None, temperature=None)
    found = words(silent)
    assert [name for name, (_, value) in found.items() if value != UNKNOWN] == ["load"]
    assert words(cpu(load=None))["load"] == (None, UNKNOWN)


def test_others_whose_memory_is_hidden_are_counted():
    hidden = (Process(8, "you", None), Process(9, "you", GIB))
    assert words(gpu(processes=hidden))["others"] == (None, "2 processes")
    assert words(gpu(processes=hidden[1:]))["others"] == (
        pytest.approx(1 / 80),
        "1.0 GiB in 1 process",
    )
    assert words(gpu(processes=()))["others"] == (0.0, "nobody")


def test_power_without_a_limit_and_of_a_slice():
    assert words(gpu(power_limit=None))["power"] == (None, "412 W")
    assert words(gpu(slice=True))["power"][1] == "412 of 700 W, whole card"


# --- curves -------------------------------------------------------------------------------------------


def test_the_newest_look_is_at_the_right_and_older_ones_leave_at_the_left():
    points = [(float(second), 100.0 if second < 30 else 0.0) for second in range(120)]
    assert curve(points, 119.0, 100.0) == "▁" * CELLS
    assert curve(points[:61], 60.0, 100.0) == "█" * 10 + "▁" * 10
    assert curve(points[:4], 3.0, 100.0) == " " * (CELLS - 1) + "█"
    assert curve(points[:3], 2.0, 100.0) == " " * CELLS


def test_a_cell_is_the_mean_of_its_seconds_and_blank_where_nothing_was_told():
    points = [(0.0, 0.0), (1.0, 50.0), (2.0, 100.0), (3.0, None), (6.0, 100.0)]
    assert curve(points, 9.0, 100.0).lstrip() == "▅ █"


@given(st.lists(st.floats(0, 100), min_size=2, max_size=100))
def test_a_curve_changes_only_when_a_cell_is_full(values):
    points = [(float(i), value) for i, value in enumerate(values)]
    for i in range(1, len(points)):
        before, after = (
            curve(points[:i], float(i - 1), 100.0),
            curve(points[: i + 1], float(i), 100.0),
        )
        assert len(before) == len(after) == CELLS
        if i % CELL:
            assert before == after
        else:
            assert before[1:] == after[:-1]


@given(st.floats(-1, 2, allow_nan=False), st.integers(1, 30))
def test_a_bar_is_full_or_empty_only_at_its_ends(share, cells):
    full = bar_cells(share, cells)
    assert 0 <= full <= cells
    assert (full == 0) == (share <= 0 or (cells == 1 and share < 1))
    assert (full == cells) == (share >= 1)


# --- the past -----------------------------------------------------------------------------------------


def survey(*devices):
    return Survey(devices=devices)


def test_a_minute_is_kept_and_a_device_that_went_is_forgotten():
    history = History()
    for second in range(200):
        history.add(float(second), survey(gpu(utilisation=second % 100), cpu()))
    looks = history.of("GPU-a")
    assert looks[-1][0] == 199
    assert looks[0][0] == 199 - 62
    history.add(200.0, survey(cpu()))
    assert history.of("GPU-a") == []
    assert len(history.of("cpu")) == 63


# --- drawing ------------------------------------------------------------------------------------------


def looks(count=30, **told):
    return [(float(i), gpu(**{"utilisation": i * 3, **told})) for i in range(count)]


def test_a_device_at_eighty_columns():
    sheet = draw(looks(utilisation=83), 76)
    assert sheet.rows[0].rstrip() == "NVIDIA H100"
    assert [row[: 13 + 12 + 20].rstrip() for row in sheet.rows[1:]] == [
        "utilisation  ━━━━━━━━╌╌  83 %",
        "memory       ━━━━━━━━╌╌  60.0 of 80 GiB",
        "temperature  ━━━━━━━╌╌╌  71 °C",
        "power        ━━━━━━╌╌╌╌  412 of 700 W",
        "others       ━━━━╌╌╌╌╌╌  36.0 GiB in 2 proces"[:45],
    ]
    assert all(len(row) == 76 for row in sheet.rows)
    assert sheet.rows[1].rstrip().endswith("▇" * 9)
    assert sheet.roles[0][0] == TITLE
    assert [sheet.roles[1][x] for x in (0, 13, 22)] == [QUIET, LINE, GHOST]


@given(st.integers(1, 120), st.one_of(st.none(), st.integers(1, 9)))
def test_it_fits_whatever_the_room(width, height):
    sheet = draw(looks(), width, height)
    assert len(sheet.rows) == len(sheet.roles) == (6 if height is None else height)
    assert all(len(row) == len(roles) == width for row, roles in zip(*sheet, strict=True))


def test_where_there_is_little_room_curves_go_first_and_then_bars():
    wide, middle, narrow = (draw(looks(), width).rows[1] for width in (76, 60, 40))
    assert "▇" in wide
    assert "━" in middle
    assert "▇" not in middle
    assert narrow.split() == ["utilisation", "87", "%"]


def test_a_steady_device_changes_nothing():
    # Once the minute is full, every look is drawn as the one before.
    told = looks(120, utilisation=50)
    drawn = [draw(told[max(0, i - 62) : i], 76) for i in range(64, 120)]
    assert all(a == b for a, b in itertools.pairwise(drawn))


@given(st.integers(1, 200))
def test_columns_stand_side_by_side(width):
    found = cuts(width)
    assert [begin for begin, _ in found[1:]] == [end for _, end in found[:-1]]
    assert (found[0][0], found[-1][1]) == (0, width)
    assert all(begin <= end for begin, end in found)
