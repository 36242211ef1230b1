"""Runs as CSV and JSON: everything that was read, exactly, and nothing else."""

import csv
import io
import json
import math

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import INF, NAN, add, begun, eventful, finished, readings, whole
from scripts import hello

from tutor.core.errors import TutorError
from tutor.core.lesson import Plot
from tutor.core.protocol import PictureSaved, Readings
from tutor.session import live_run
from tutor.session.exporting.charts import labels, panels, thinned
from tutor.session.exporting.records import read, to_csv, to_json


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def rows_of(text: str) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["run", "series", "step", "value"]
    return rows


def test_csv_has_every_reading_in_the_order_of_the_record(scripted):
    tutor, _ = scripted
    name = whole(tutor)
    rows = rows_of(to_csv(read(tutor, [name])))
    assert {row[0] for row in rows} == {name}
    assert [row[1:] for row in rows] == [
        ["train/loss", "1", "4.0"],
        ["train/loss", "2", "2.0"],
        ["train/loss", "3", "1.0"],
        ["valid/loss", "3", "1.5"],
        ["train/loss", "4", "nan"],
        ["train/loss", "5", "inf"],
        ["train/loss", "6", "-inf"],
        ["valid/loss", "6", "nan"],
        ["train/loss", "7", "0.30000000000000004"],
    ]


def test_several_runs_follow_each_other_and_each_comes_once(scripted):
    tutor, _ = scripted
    first, second = whole(tutor), whole(tutor, [hello(), readings([1], train_loss=[7.0])])
    rows = rows_of(to_csv(read(tutor, [second, first, second])))
    assert [row[0] for row in rows] == [second] + [first] * 9


def test_only_the_series_asked_for(scripted):
    tutor, _ = scripted
    name = whole(tutor)
    rows = rows_of(to_csv(read(tutor, [name], ("valid/loss",))))
    assert [row[1:] for row in rows] == [["valid/loss", "3", "1.5"], ["valid/loss", "6", "nan"]]
    with pytest.raises(TutorError, match=r"`valid/los`.*train/loss, valid/loss"):
        read(tutor, [name], ("valid/los",))


number = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.lists(st.tuples(number, number), max_size=5)),
        max_size=5,
    )
)
def test_what_was_read_comes_back_from_csv_and_json(scripted, flushes):
    """Any finite digits, any gaps, any NaN, any order of steps, names that need quoting."""
    tutor, _ = scripted
    names = ('a,"b"', "train/loss")
    events, expected = [hello()], []
    for first, rows in flushes:
        steps = [first + row for row in range(len(rows))]
        columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
        plain = readings(steps, **{"x": columns[names[0]], "train_loss": columns[names[1]]})
        bad = [(names[0] if name == "x" else name, row, kind) for name, row, kind in plain.bad]
        series = {names[0] if name == "x" else name: each for name, each in plain.s.items()}
        events.append(Readings(plain.step, series, 1.0, bad))
        for step, row in zip(steps, rows, strict=True):
            expected += [(n, step, v) for n, v in zip(names, row, strict=True) if v is not None]
    run = whole(tutor, events)
    records = read(tutor, [run])

    found = [(name, int(step), float(v)) for _, name, step, v in rows_of(to_csv(records))]
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    assert all(same(a[2], b[2]) for a, b in zip(found, expected, strict=True))

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    (told,) = json.loads(to_json(records), parse_constant=refuse)["runs"]
    for name in names:
        wanted = [(step, value) for series, step, value in expected if series == name]
        column = told["series"].get(name, {"step": [], "value": [], "bad": []})
        values = list(column["value"])
        for index, kind in column["bad"]:
            assert values[index] is None
            values[index] = float(kind)
        assert column["step"] == [step for step, _ in wanted]
        assert all(same(a, b) for a, (_, b) in zip(values, wanted, strict=True))


def test_json_tells_how_the_run_was_made_and_how_it_went(scripted):
    tutor, _ = scripted
    name = whole(tutor, seed=11, knobs={"learning_rate": 0.5})
    raw = to_json(read(tutor, [name]))
    assert b"secret-of-the-run" not in raw
    (told,) = json.loads(raw)["runs"]
    assert told["run"] == name
    assert told["config"]["knobs"] == {"learning_rate": 0.5, "steps": 40}
    assert (told["seed"], told["device"], told["state"], told["reason"]) == (
        11,
        "cpu",
        "ended",
        "done",
    )
    assert told["verdict"]["passed"] is False
    assert told["verdict"]["maximum"] == 3
    assert told["turns"] == [{"t": "knob", "step": 3, "name": "learning_rate", "value": 0.5}]
    assert [alert["kind"] for alert in told["alerts"]] == ["dead relus", "nan"]
    assert told["vitals"][0]["gradient_norm"] == 0.25
    assert [each["name"] for each in told["pictures"]] == ["grid", "grid", "bins", "bars", "note"]


def test_reading_a_run_grades_nothing(scripted):
    tutor, _ = scripted
    name = whole(tutor)
    to_json(read(tutor, [name]))
    assert name not in tutor.progress.runs


def test_a_run_that_trains_is_given_as_far_as_it_went(scripted, monkeypatch):
    tutor, _ = scripted
    folder, request = begun(tutor)
    events = eventful(folder, request)
    add(folder, events[:4])
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"t":"readings","step":[4')  # the worker is in the middle of a line
    monkeypatch.setattr(live_run, "state", lambda folder: "live")
    (record,) = read(tutor, [request.run])
    assert not record.over
    assert len(rows_of(to_csv([record]))) == 4
    (told,) = json.loads(to_json([record]))["runs"]
    assert (told["state"], told["verdict"], told["reason"]) == ("live", None, None)
    assert told["steps"] == 3


def test_a_run_without_a_reading_is_an_empty_table(scripted):
    tutor, _ = scripted
    _, request = begun(tutor)
    records = read(tutor, [request.run])
    assert rows_of(to_csv(records)) == []
    (told,) = json.loads(to_json(records))["runs"]
    assert told["series"] == {}
    with pytest.raises(TutorError, match="Nothing was read"):
        read(tutor, [request.run], ("train/loss",))


def test_a_damaged_record_is_given_as_far_as_it_can_be_read(scripted):
    tutor, _ = scripted
    folder, request = begun(tutor)
    add(folder, [hello(), readings([1], train_loss=[1.0])])
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b"\xff\x00garbage\n")
    add(folder, [readings([2], train_loss=[0.5]), finished(request, 2)])
    (record,) = read(tutor, [request.run])
    assert [point.value for point in record.points] == [1.0, 0.5]
    assert record.live.damage == "1 line of the record could not be read"


# --- what a chart draws ---------------------------------------------------------------------------


def test_many_readings_become_few_places_and_no_spike_is_lost(scripted):
    tutor, _ = scripted
    values = [1.0] * 20_000
    values[12_345] = 99.0
    values[15_000] = -7.0
    run = whole(tutor, [hello(), readings(range(1, 20_001), train_loss=values)])
    series = read(tutor, [run])[0].live.metrics.series["train/loss"]
    curve = thinned(series, log=False)
    assert len(curve.x) < 4000
    assert (max(curve.y), min(curve.y)) == (99.0, -7.0)
    spike = curve.x[curve.y.index(99.0)]
    assert abs(spike - 12_346) <= 20_000 / 1500
    assert min(thinned(series, log=True).y) > 0


def test_few_readings_stand_exactly_where_they_are_and_nan_breaks_the_line(scripted):
    tutor, _ = scripted
    name = whole(tutor)
    series = read(tutor, [name])[0].live.metrics.series["train/loss"]
    curve = thinned(series, log=False)
    assert curve.x == [1, 2, 3, 4, 5, 6, 7]
    assert curve.y[:3] == [4.0, 2.0, 1.0]
    assert all(math.isnan(value) for value in curve.y[3:6])
    assert curve.y[6] == 0.1 + 0.2
    assert curve.bad == [4.0]
    assert curve.smooth_x == curve.x
    assert [math.isnan(value) for value in curve.smooth] == [False] * 3 + [True] * 3 + [False]


def test_runs_are_called_by_what_differs(scripted):
    tutor, _ = scripted
    runs = [whole(tutor, knobs={"learning_rate": rate}) for rate in (0.1, 0.2, 0.2)]
    found = labels(read(tutor, runs))
    assert found[0] == "learning_rate 0.1"
    assert found[1:] == [f"learning_rate 0.2 ({run[-4:]})" for run in runs[1:]]
    other = whole(tutor, knobs={"learning_rate": 0.1}, seed=5)
    assert labels(read(tutor, [runs[0], other])) == ["seed 3", "seed 5"]


def test_panels_are_those_of_the_exercise_then_what_was_asked_for(scripted):
    tutor, _ = scripted
    records = read(tutor, [whole(tutor)])
    assert [plot.series for plot in panels(records)] == [("train/loss", "valid/loss")]
    asked = panels(records, ["lr", "valid/loss"])
    assert [plot.series for plot in asked] == [("valid/loss",), ("lr",)]
    assert (asked[0].y, asked[0].target) == ("log", 0.01)


# --- charts and pictures as files -----------------------------------------------------------------


@pytest.fixture
def plots():
    return pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert png[-8:-4] == b"IEND"
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_a_chart_is_an_image_with_every_run_in_it(scripted, plots):
    from tutor.session.exporting.charts import chart

    tutor, _ = scripted
    runs = [whole(tutor, knobs={"learning_rate": rate}) for rate in (0.1, 0.2)]
    assert size_of(chart(read(tutor, runs[:1]))) == (1400, 780)
    svg = chart(read(tutor, runs), form="svg").decode()
    assert svg.startswith("<?xml")
    assert svg.rstrip().endswith("</svg>")
    for words in ("learning_rate 0.1", "learning_rate 0.2", "optimiser steps", "A ball in a bowl"):
        assert f"<!-- {words} -->" in svg
    assert "<!-- train/loss NaN at step 4 -->" in svg
    assert "<!-- loss (log scale) -->" in svg
    assert svg == chart(read(tutor, runs), form="svg").decode()


def on_axis(record, log):
    """A run whose exercise plots its loss on such an axis."""
    plot = Plot(series=("train/loss",), y="log" if log else "linear", target=0.5)
    record.live.exercise = msgspec.structs.replace(record.live.exercise, plot=(plot,))
    return record


@pytest.mark.parametrize(
    "values",
    [
        [],
        [NAN, NAN],
        [INF, -INF],
        [0.0, -1.0, -2.0],
        [1.7e308, -1.7e308, 5e-324],
        [1.0],
        [2.0] * 300,
    ],
    ids=["empty", "nan", "infinite", "below zero", "huge", "one", "flat"],
)
def test_whatever_was_read_there_is_a_chart(scripted, plots, values):
    from tutor.session.exporting.charts import chart

    tutor, _ = scripted
    run = whole(tutor, [hello(), readings(range(1, len(values) + 1), train_loss=values)])
    record = read(tutor, [run])[0]
    for log in (True, False):
        svg = chart([on_axis(record, log)], form="svg").decode()
        drawable = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
        assert ("nothing was read" in svg) is (not values)
        assert ("nothing that can be drawn" in svg) is bool(values and not drawable)
        hidden = [v for v in values if math.isfinite(v) and v <= 0 and log]
        assert (f"{len(hidden)} reading" in svg) is bool(hidden)


def test_pictures_are_files_with_the_step_in_their_names(scripted, plots):
    from tutor.session.exporting.pictures import pictures

    tutor, _ = scripted
    name = whole(tutor)
    found = dict(pictures(read(tutor, [name])[0]))
    assert list(found) == [
        f"{name}-{rest}"
        for rest in (
            "0000000-grid.png",
            "0000002-grid.png",
            "0000003-bins.png",
            "0000003-bars.png",
            "0000003-note.txt",
        )
    ]
    assert found[f"{name}-0000003-note.txt"] == b"Once upon a time\n"
    assert all(min(size_of(raw)) > 200 for file, raw in found.items() if file.endswith("png"))


def test_a_record_cannot_name_a_file_outside_its_folder(scripted, tmp_path):
    tutor, _ = scripted
    (tmp_path / "private.json").write_text('{"role": "text", "caption": "private"}')
    folder, request = begun(tutor)
    path = "../" * 12 + str(tmp_path / "private.json").lstrip("/")
    assert (folder / path).exists()
    add(folder, [hello(), PictureSaved(1, "x", "text", path), finished(request, 1)])
    (record,) = read(tutor, [request.run])
    assert record.live.read_picture(record.pictures[0]) is None
