"""Readings in columns and pictures as files, with no process around them."""

import json
import math

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reading import Picture
from tutor.core.protocol import PictureSaved, Readings, decode_event
from tutor.worker.events import Batch, EventLog, Gallery, picture_json


class Kept:
    """Stands where the log stands."""

    def __init__(self):
        self.events = []

    def write(self, event):
        self.events.append(decode_event(msgspec.json.encode(event)))


def flushed(*scalars):
    log = Kept()
    batch = Batch(log)
    for step, each in enumerate(scalars, 1):
        batch.add(step, each)
    batch.flush(1.0)
    (event,) = log.events
    return event


def test_series_that_come_late_or_stay_away_have_gaps():
    event = flushed({"a": 1.0}, {"b": 2}, {"a": 3.0, "b": 4})
    assert event.step == [1, 2, 3]
    assert event.s == {"a": [1.0, None, 3.0], "b": [None, 2.0, 4.0]}


def test_nothing_read_writes_nothing():
    log = Kept()
    Batch(log).flush(0.0)
    assert log.events == []


def test_a_second_flush_begins_anew():
    log = Kept()
    batch = Batch(log)
    batch.add(1, {"a": 1.0})
    batch.flush(0.1)
    batch.add(2, {"b": 2.0})
    batch.flush(0.2)
    assert [event.s for event in log.events] == [{"a": [1.0]}, {"b": [2.0]}]


@settings(max_examples=50)
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.floats(width=32) | st.none()), min_size=1)
)
def test_every_number_comes_back_as_it_went_in(rows):
    rows = [{k: v for k, v in row.items() if v is not None} for row in rows]
    event = flushed(*[{k: torch.tensor(v) if k == "a" else v for k, v in r.items()} for r in rows])
    bad = {(name, row): kind for name, row, kind in event.bad}
    assert isinstance(event, Readings)
    for row, given_row in enumerate(rows):
        for name, value in given_row.items():
            kept = event.s[name][row]
            if math.isfinite(value):
                assert kept == value
            else:
                assert kept is None
                assert bad[name, row] == str(value)
    assert len(bad) == sum(not math.isfinite(v) for row in rows for v in row.values())


def test_a_tensor_is_taken_as_it_was():
    total = torch.zeros((), requires_grad=True)
    log = Kept()
    batch = Batch(log)
    for step in range(1, 4):
        with torch.no_grad():
            total += 1
        batch.add(step, {"sum": total})
    batch.flush(0.0)
    assert log.events[0].s == {"sum": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize("value", [torch.ones(3), "high", [1.0]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        flushed({"a": 1.0}, {"a": value})


def test_a_picture_is_flat_and_short():
    data = torch.tensor([[0.123456, 1234567.0], [float("nan"), 0.0]])
    points = [[0.5, 1.5, 1.0], [0.25, 0.75, 0.0]]
    picture = Picture("decision", data, "c", ("no", "yes"), (0.0, 1.0, 0.0, 1.0), points)
    assert json.loads(picture_json(picture)) == {
        "role": "decision",
        "shape": [2, 2],
        "data": [0.1235, 1235000.0, None, 0.0],
        "caption": "c",
        "labels": ["no", "yes"],
        "extent": [0.0, 1.0, 0.0, 1.0],
        "points": points,
    }


def test_of_many_pictures_the_first_and_the_last_are_written(tmp_path):
    log = EventLog(tmp_path)
    gallery = Gallery(log)
    for step in range(1, 100):
        gallery.add(step, {"../plane": Picture("text", [], f"step {step}")})
    gallery.finish()
    lines = (tmp_path / "events.jsonl").read_bytes().splitlines()
    saved = [decode_event(line) for line in lines]
    assert all(isinstance(event, PictureSaved) for event in saved)
    assert (saved[0].step, saved[-1].step) == (1, 99)
    assert len(saved) < 20
    for event in saved:
        assert (tmp_path / event.file).resolve().parent == tmp_path / "pictures"
