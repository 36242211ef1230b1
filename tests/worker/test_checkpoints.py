"""What a checkpoint holds, what becomes of one that cannot be written, and what is carried over."""

import errno
import hashlib
import io
import os
import sys
from pathlib import Path

import pytest
import torch

from tutor.core.errors import TutorError
from tutor.core.protocol import (
    CheckpointSaved,
    KnobTurned,
    PictureSaved,
    Readings,
    Resumed,
    Started,
    StepDetail,
    Vitals,
    decode_event,
)
from tutor.worker import checkpoints
from tutor.worker.checkpoints import BEFORE, NEWEST, Checkpoints, carry_over, newest
from tutor.worker.events import EventLog


@pytest.fixture
def log(tmp_path):
    return EventLog(tmp_path)


@pytest.fixture
def keeper(log):
    made = Checkpoints(log)
    made.state = lambda: {"weights": torch.arange(3.0), "order": [2, 0, 1], "name": "adam"}
    return made


def record(folder):
    return [decode_event(line) for line in (folder / "events.jsonl").read_bytes().splitlines()]


def name_of(number):
    """The name of an open file."""
    return Path(f"/proc/self/fd/{number}").readlink().name


def test_it_comes_back_as_it_was_and_is_in_the_record(keeper, tmp_path):
    keeper.save(7, 1.5, {"learning_rate": 0.1})
    saved = newest(tmp_path)
    assert (saved.step, saved.elapsed, saved.knobs) == (7, 1.5, {"learning_rate": 0.1})
    assert torch.equal(saved.state["weights"], torch.arange(3.0))
    assert saved.state["order"] == [2, 0, 1]
    (event,) = record(tmp_path)
    assert isinstance(event, CheckpointSaved)
    assert event.step == 7


def test_the_one_before_is_kept_and_no_more(keeper, tmp_path):
    for step in (1, 2, 3):
        keeper.save(step, 0.0, {})
    assert sorted(path.name for path in tmp_path.glob("*.pt")) == sorted([NEWEST, BEFORE])
    assert newest(tmp_path).step == 3
    (tmp_path / NEWEST).unlink()
    assert newest(tmp_path).step == 2


def test_one_is_due_after_so_much_time_and_only_where_there_is_a_state(keeper, monkeypatch):
    now = keeper._saved_at
    assert not keeper.due(now + checkpoints.SECONDS - 1)
    assert keeper.due(now + checkpoints.SECONDS)
    keeper.state = None
    assert not keeper.due(now + checkpoints.SECONDS)


def test_readings_reach_the_disk_before_the_checkpoint_that_counts_on_them(
    keeper, tmp_path, monkeypatch
):
    synced = []

    def note(number):
        synced.append((name_of(number), (tmp_path / NEWEST).exists()))

    monkeypatch.setattr("os.fsync", note)
    keeper.save(1, 0.0, {})
    assert synced == [("events.jsonl", False), (f".{NEWEST}", False)]


# --- those that cannot be written -----------------------------------------------------------------


def test_no_half_of_one_is_left_to_fill_the_disk(keeper, tmp_path, monkeypatch, capsys):
    keeper.save(1, 0.0, {})
    real = os.fsync

    def full(number):
        if name_of(number) == f".{NEWEST}":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr("os.fsync", full)
    keeper.save(2, 0.0, {})
    keeper.save(3, 0.0, {})
    assert capsys.readouterr().err == "No checkpoint could be written: No space left on device.\n"
    assert [path.name for path in tmp_path.glob("*.pt")] == [NEWEST]
    assert not (tmp_path / f".{NEWEST}").exists()
    assert (keeper.step, newest(tmp_path).step) == (1, 1)


def test_a_log_on_the_same_full_disk_stops_nothing(keeper, monkeypatch, tmp_path):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / f".{NEWEST}").mkdir()  # nothing can be written there
    monkeypatch.setattr(sys, "stderr", Full())
    keeper.save(1, 0.0, {})
    assert keeper.step == 0


def broken():
    raise KeyError("weights")


@pytest.mark.parametrize(
    ("state", "words"),
    [(broken, "KeyError: 'weights'"), (lambda: {"path": Path("x")}, "UnpicklingError")],
)
def test_a_state_that_could_not_be_read_again_is_told_at_once_and_ends_nothing(
    keeper, tmp_path, capsys, state, words
):
    keeper.state = state
    keeper.save(1, 0.0, {})
    assert f"No checkpoint could be written: {words}" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.pt"))
    assert record(tmp_path) == []


# --- those that cannot be read --------------------------------------------------------------------


def packed(content):
    """A file with a right checksum."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    data = buffer.getvalue()
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


WHOLE = {"format": 1, "step": 3, "elapsed": 1.0, "knobs": {}, "state": {}}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        packed(WHOLE)[:-1],
        packed([1, 2]),
        packed({**WHOLE, "format": 2}),
        packed({**WHOLE, "step": "three"}),
        packed({**WHOLE, "more": 1}),
        packed({name: value for name, value in WHOLE.items() if name != "state"}),
    ],
)
def test_what_is_no_checkpoint_gives_way_to_the_one_before(tmp_path, capsys, data):
    (tmp_path / NEWEST).write_bytes(data)
    (tmp_path / BEFORE).write_bytes(packed(WHOLE))
    assert newest(tmp_path).step == 3
    assert f"{NEWEST} is damaged" in capsys.readouterr().err
    (tmp_path / BEFORE).write_bytes(data)
    with pytest.raises(TutorError, match="no checkpoint that can be read"):
        newest(tmp_path)


def test_one_that_may_not_be_read_is_no_crash(tmp_path, monkeypatch):
    (tmp_path / NEWEST).write_bytes(packed(WHOLE))

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(TutorError, match="no checkpoint"):
        newest(tmp_path)


# --- what a run takes with it ---------------------------------------------------------------------


@pytest.fixture
def before(tmp_path):
    """The record of a run that broke off, with a checkpoint of step 4."""
    folder = tmp_path / "before"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "a.json").write_text("4")
    (folder / "pictures" / "b.json").write_text("5")
    (folder / "secret").write_text("mine")
    old = EventLog(folder)
    for event in (
        Started(total_steps=9, samples_per_step=32),
        Readings([1, 2], {"a": [1.0, None]}, 0.1, [("a", 1, "nan")]),
        Vitals(2, gradient_norm=1.0),
        StepDetail(2, []),
        KnobTurned(2, "learning_rate", 0.2),
        Readings([3, 4, 5], {"a": [3.0, 4.0, None]}, 0.2, [("a", 2, "inf")]),
        PictureSaved(4, "a", "text", "pictures/a.json"),
        PictureSaved(4, "stolen", "text", "../before/secret"),
        PictureSaved(4, "lost", "text", "pictures/lost.json"),
        KnobTurned(4, "learning_rate", 0.4),
        PictureSaved(5, "b", "text", "pictures/b.json"),
        Vitals(5, gradient_norm=2.0),
        KnobTurned(5, "learning_rate", 0.5),
    ):
        old.write(event)
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"t":"readings","step":[6')
    return folder


def test_the_record_goes_along_up_to_the_checkpoint(before, tmp_path):
    on = tmp_path / "on"
    on.mkdir()
    turned = carry_over(before, EventLog(on), 4)
    assert turned == {"learning_rate": 0.4}
    assert record(on) == [
        Started(total_steps=9, samples_per_step=32),
        Readings([1, 2], {"a": [1.0, None]}, 0.1, [("a", 1, "nan")]),
        Vitals(2, gradient_norm=1.0),
        KnobTurned(2, "learning_rate", 0.2),
        Readings([3, 4], {"a": [3.0, 4.0]}, 0.2, []),
        PictureSaved(4, "a", "text", "pictures/a.json"),
        KnobTurned(4, "learning_rate", 0.4),
        Resumed("before", 4),
    ]
    assert [path.name for path in on.rglob("*.json")] == ["a.json"]
    assert not (tmp_path / "secret").exists()


def test_a_checkpoint_is_adopted_whole(keeper, log, tmp_path):
    keeper.save(7, 1.5, {"learning_rate": 0.1})
    on = tmp_path / "on"
    on.mkdir()
    other = Checkpoints(EventLog(on))
    other.adopt(newest(tmp_path))
    assert other.step == 7
    assert newest(on).knobs == {"learning_rate": 0.1}
    assert torch.equal(newest(on).state["weights"], torch.arange(3.0))
