"""Runs that are killed and go on: the same curve and the same weights as if nothing had happened."""

import errno
import os
import shutil
from pathlib import Path

import pytest
import pytest_asyncio
import torch
from tests_runner import only, outcome, run_request

from tutor.core.protocol import (
    CheckpointSaved,
    Failed,
    Finished,
    KnobTurned,
    PictureSaved,
    Readings,
    Resumed,
    Started,
)
from tutor.core.series import Metrics
from tutor.runner.follow import Gone
from tutor.worker import checkpoints
from tutor.worker.events import EventLog

pytestmark = pytest.mark.asyncio(loop_scope="session")
RESUMABLE = Path(__file__).parent / "resumable.py"


def request(folder, function, knobs=None, **options):
    folder.mkdir(exist_ok=True)
    made = run_request(folder, function, knobs, **options)
    from msgspec.structs import replace
    from tests_runner import write

    return write(folder, replace(made, entry=f"{RESUMABLE}:{function}"))


def curves(events):
    metrics = Metrics()
    for event in events:
        metrics.apply(event)
    return {name: list(metrics.values(name)) for name in metrics.series}


def equal(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


@pytest.mark.parametrize("function", ["digits", "days"])
async def test_killed_and_taken_up_it_ends_with_equal_weights(worker, tmp_path, function):
    request(tmp_path / "whole", function)
    whole = await outcome(worker, tmp_path / "whole")
    request(tmp_path / "cut", function, {"die": 13})
    cut = await outcome(worker, tmp_path / "cut")
    assert isinstance(cut[-1], Gone)
    request(tmp_path / "on", function, {"die": 13}, resumes=str(tmp_path / "cut"))
    on = await outcome(worker, tmp_path / "on")
    assert isinstance(on[-1], Finished)
    (resumed,) = only(Resumed, on)
    assert resumed.run == "cut"
    assert 10 <= resumed.step <= 13
    assert curves(on) == curves(whole)
    end, there = checkpoints.newest(tmp_path / "on"), checkpoints.newest(tmp_path / "whole")
    assert end.step == there.step
    assert equal(end.state, there.state)
    assert only(Readings, on)[-1].elapsed > checkpoints.newest(tmp_path / "cut").elapsed
    names = {event.name for event in only(PictureSaved, on)}
    assert names == {event.name for event in only(PictureSaved, whole)}
    for event in only(PictureSaved, on):
        assert (tmp_path / "on" / event.file).is_file()


async def went_on(worker, tmp_path, cut, knobs, *, whole):
    """Take a run up again and see that it ends as if it had never been cut."""
    request(tmp_path / "end", "days", knobs, resumes=str(tmp_path / cut))
    on = await outcome(worker, tmp_path / "end")
    assert isinstance(on[-1], Finished)
    assert on[-1].reason == "done"
    assert curves(on) == curves(whole)
    return on


@pytest_asyncio.fixture(loop_scope="session")
async def whole(worker, tmp_path):
    """A run that nothing cut off."""
    request(tmp_path / "whole", "days")
    return await outcome(worker, tmp_path / "whole")


async def test_killed_after_its_last_step_it_only_has_to_say_so(worker, tmp_path, whole):
    last = whole[-1].step
    request(tmp_path / "cut", "days", {"die": last})
    assert isinstance((await outcome(worker, tmp_path / "cut"))[-1], Gone)
    assert checkpoints.newest(tmp_path / "cut").step == last
    on = await went_on(worker, tmp_path, "cut", {"die": last}, whole=whole)
    assert on[-1].step == last


async def test_killed_again_before_a_checkpoint_of_its_own(worker, tmp_path, whole):
    request(tmp_path / "cut", "days", {"die": 13})
    await outcome(worker, tmp_path / "cut")
    again = {"die_again": 17, "every": 3600.0}
    request(tmp_path / "second", "days", again, resumes=str(tmp_path / "cut"))
    second = await outcome(worker, tmp_path / "second")
    assert isinstance(second[-1], Gone)
    assert [saved.step for saved in only(CheckpointSaved, second)] == [13]
    # All that is needed has come along.
    shutil.rmtree(tmp_path / "cut")
    on = await went_on(worker, tmp_path, "second", {"every": 0.0}, whole=whole)
    assert [(each.run, each.step) for each in only(Resumed, on)] == [("cut", 13), ("second", 13)]
    kinds = [type(event) for event in on]
    assert kinds.index(Started) < kinds.index(Readings)
    end, there = checkpoints.newest(tmp_path / "end"), checkpoints.newest(tmp_path / "whole")
    assert equal(end.state, there.state)


async def test_told_to_end_by_the_system_it_leaves_a_checkpoint_of_its_last_step(
    worker, tmp_path, whole
):
    request(tmp_path / "cut", "days", {"terminate": 13, "every": 3600.0})
    cut = await outcome(worker, tmp_path / "cut")
    assert isinstance(cut[-1], Finished)
    assert cut[-1].reason == "stopped"
    assert 13 <= cut[-1].step < whole[-1].step
    (saved,) = only(CheckpointSaved, cut)
    assert saved.step == cut[-1].step
    await went_on(worker, tmp_path, "cut", {"every": 3600.0}, whole=whole)


async def test_a_knob_turned_just_after_the_checkpoint_stays_turned(worker, tmp_path):
    folder = tmp_path / "cut"
    request(folder, "days", {"die": 13, "learning_rate": 0.01})
    await outcome(worker, folder)
    EventLog(folder).write(KnobTurned(checkpoints.newest(folder).step, "learning_rate", 0.5))
    request(tmp_path / "on", "days", {"die": 13, "learning_rate": 0.01}, resumes=str(folder))
    on = await outcome(worker, tmp_path / "on")
    assert [turn.step for turn in only(KnobTurned, on)] == [13]
    assert checkpoints.newest(tmp_path / "on").knobs["learning_rate"] == 0.5


async def test_a_knob_that_was_turned_stays_turned(worker, tmp_path):
    folder = tmp_path / "cut"
    request(folder, "days", {"die": 13})
    await outcome(worker, folder)
    saved = checkpoints.newest(folder)
    log = EventLog(folder)
    log.write(KnobTurned(5, "learning_rate", 0.5))
    log.write(KnobTurned(99, "learning_rate", 0.7))
    from msgspec.structs import replace

    turned = replace(saved, knobs={"learning_rate": 0.5})
    checkpoints._write(folder, checkpoints._packed(turned))
    request(
        tmp_path / "on",
        "days",
        {"die": 13, "learning_rate": 0.01},
        resumes=str(folder),
    )
    on = await outcome(worker, tmp_path / "on")
    assert [turn.step for turn in only(KnobTurned, on)] == [5]
    assert checkpoints.newest(tmp_path / "on").knobs["learning_rate"] == 0.5


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "pickle"])
async def test_a_damaged_checkpoint_gives_way_to_the_one_before(worker, tmp_path, damage):
    folder = tmp_path / "cut"
    request(folder, "days", {"die": 13})
    await outcome(worker, folder)
    newest, before = folder / checkpoints.NEWEST, folder / checkpoints.BEFORE
    step = checkpoints.newest(folder).step
    data = bytearray(newest.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    newest.write_bytes(
        {
            "flip": bytes(data),
            "cut": bytes(data[:-100]),
            "empty": b"",
            "pickle": evil_checkpoint(tmp_path / "owned"),
        }[damage]
    )
    assert checkpoints.newest(folder).step == step - 1
    assert not (tmp_path / "owned").exists()
    before.unlink()
    request(tmp_path / "on", "days", {"die": 13}, resumes=str(folder))
    on = await outcome(worker, tmp_path / "on")
    assert isinstance(on[-1], Failed)
    assert "no checkpoint that can be read" in on[-1].title


def evil_checkpoint(target):
    """A pickle that would make a file if it were ever loaded, with a right checksum."""
    import hashlib
    import io

    class Evil:
        def __reduce__(self):
            return (Path.touch, (target,))

    buffer = io.BytesIO()
    torch.save({"format": 1, "state": Evil()}, buffer)
    data = buffer.getvalue()
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


async def test_an_exercise_that_cannot_go_on_says_so(worker, tmp_path):
    request(tmp_path / "cut", "stubborn", {"die": 13})
    await outcome(worker, tmp_path / "cut")
    request(tmp_path / "on", "stubborn", {"die": 13}, resumes=str(tmp_path / "cut"))
    on = await outcome(worker, tmp_path / "on")
    assert "cannot go on from a checkpoint" in on[-1].title


async def test_short_runs_keep_none(worker, folder):
    run_request(folder, "normal", {"steps": 5})
    events = await outcome(worker, folder)
    assert not only(CheckpointSaved, events)
    assert not list(folder.glob("*.pt"))
    assert not (folder / "reserve").exists()


# --- a full disk ----------------------------------------------------------------------------------


class Disk:
    """A disk with so many bytes left; what is taken away from it is free again."""

    def __init__(self, monkeypatch, log, room):
        self.room = room
        self.reserve = log._reserve
        self.write = os.write
        monkeypatch.setattr("tutor.worker.events.os.write", self)

    def __call__(self, number, data):
        extra = 0 if self.reserve.exists() else 1 << 16
        if len(data) > self.room + extra:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(data)
        return self.write(number, data)


@pytest.mark.parametrize("room", [700, 3_000, 12_000])
async def test_a_full_disk_is_said_in_the_record_itself(tmp_path, monkeypatch, room):
    from tutor.core.protocol import Request
    from tutor.worker.driving import drive

    made = Request(
        run="r",
        course="c",
        exercise="e",
        entry="models.mlp:train",
        seconds=60,
        nonce="n",
        created=0.0,
    )
    monkeypatch.setattr("tutor.worker.driving.on_terminate", lambda *_: None)
    monkeypatch.setattr("tutor.worker.driving.arm", lambda *_: None)
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)
    log = EventLog(tmp_path)
    Disk(monkeypatch, log, room)
    assert drive(made, "cpu", log, tmp_path) == 1
    from tutor.runner.record import Reader

    events = list(Reader(tmp_path).read())
    assert isinstance(events[-1], Failed)
    assert events[-1].title == "The disk is full."
    if room > 1_000:
        kept = checkpoints.newest(tmp_path).step
        assert f"Its last checkpoint is of step {kept}." in events[-1].hint
        assert only(Readings, events)


async def test_what_was_not_written_yet_does_not_take_the_room_for_the_last_words(
    tmp_path, monkeypatch
):
    from models.reading import Reading
    from tutor.core.protocol import Request
    from tutor.runner.record import Reader
    from tutor.worker import driving

    monkeypatch.setattr(driving, "on_terminate", lambda *_: None)
    monkeypatch.setattr(driving, "arm", lambda *_: None)

    def many(config):
        for step in range(1, 20_000):
            yield Reading(step, {"train/loss": 1.0 / step})

    monkeypatch.setattr(driving, "resolve", lambda entry: many)
    monkeypatch.setattr(driving, "configure", lambda *_: None)
    made = Request(run="r", course="c", exercise="e", entry="e", seconds=60, nonce="n", created=0.0)
    log = EventLog(tmp_path)
    Disk(monkeypatch, log, 20_000)
    assert driving.drive(made, "cpu", log, tmp_path) == 1
    assert list(Reader(tmp_path).read())[-1].title == "The disk is full."


async def test_a_picture_that_fills_the_disk_leaves_room_for_the_last_word(tmp_path, monkeypatch):
    from tutor.core.protocol import Request
    from tutor.runner.record import Reader
    from tutor.worker import driving

    monkeypatch.setattr(driving, "on_terminate", lambda *_: None)
    monkeypatch.setattr(driving, "arm", lambda *_: None)
    log = EventLog(tmp_path)
    disk = Disk(monkeypatch, log, 12_000)
    write_bytes = Path.write_bytes

    def fill(path, data):
        if path.parent.name == "pictures":
            disk.room = 0
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", fill)
    made = Request(
        run="r",
        course="c",
        exercise="e",
        entry="models.mlp:train",
        seconds=60,
        nonce="n",
        created=0.0,
    )
    assert driving.drive(made, "cpu", log, tmp_path) == 1
    end = list(Reader(tmp_path).read())[-1]
    assert isinstance(end, Failed)
    assert end.title == "The disk is full."


async def test_a_checkpoint_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch, capsys):
    log = EventLog(tmp_path)
    keeper = checkpoints.Checkpoints(log)
    keeper.state = lambda: {"step": 1}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tutor.worker.checkpoints.os.fsync", full)
    keeper.save(1, 0.0, {})
    keeper.save(2, 0.0, {})
    assert capsys.readouterr().err.count("No checkpoint could be written") == 1
    assert keeper.step == 0


async def test_a_disk_too_full_for_any_word_is_told_by_the_log():
    from tutor.runner.exits import explain

    assert explain(70, "OSError: [Errno 28] No space left on device").title == "The disk is full."
