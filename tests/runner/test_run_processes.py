"""Real runs in real processes: each ends with the right words, and the next one works."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_runner import column, only, outcome, run_request

from tutor.core.protocol import (
    Ack,
    Failed,
    Finished,
    Hello,
    KnobTurned,
    PictureSaved,
    Readings,
    Started,
)
from tutor.runner.control import send
from tutor.runner.follow import Gone, follow
from tutor.runner.liveness import state

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_run_says_everything_and_ends_with_its_nonce(worker, folder):
    request = run_request(folder, "normal")
    events = await outcome(worker, folder)
    assert isinstance(events[0], Hello)
    assert only(Started, events)[0].parameters == 3
    assert column(events, "train/loss") == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.step, end.nonce) == ("done", 5, request.nonce)
    while state(folder) == "live":  # its process takes a moment to go after its last word
        await asyncio.sleep(0.01)
    assert state(folder) == "ended"


async def test_a_stray_print_goes_to_the_log(worker, folder):
    run_request(folder, "normal")
    await outcome(worker, folder)
    assert (folder / "log.txt").read_text().count("a stray print") == 5


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("raises", "no such"),
        ("exits", "exit()"),
        ("nothing", "no readings"),
        ("not_there", "not_there"),
    ],
)
async def test_what_goes_wrong_in_python_is_said_by_the_run(worker, folder, function, words):
    run_request(folder, function)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Failed)
    assert words in events[-1].title
    assert "\x1b" not in events[-1].title + events[-1].trace
    assert not only(Finished, events)


async def test_the_trace_names_the_line_of_the_exercise_and_no_other(worker, folder):
    run_request(folder, "raises")
    end = (await outcome(worker, folder))[-1]
    assert "entries.py" in end.trace
    assert "driving.py" not in end.trace


@pytest.mark.parametrize(
    ("function", "code", "words"),
    [
        ("segfault", -signal.SIGSEGV, "crashed"),
        ("leaves", 0, "without a record"),
        ("killed", -signal.SIGKILL, "killed"),
    ],
)
async def test_a_process_that_vanishes_leaves_a_reason_and_what_it_read(
    worker, folder, function, code, words
):
    run_request(folder, function)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Gone)
    assert events[-1].code == code
    assert words in events[-1].exit.title
    assert ("entries.py" in events[-1].exit.hint) == (function == "segfault")
    assert column(events, "train/loss") == [1.0]
    assert not only(Finished, events)
    assert state(folder) == "dead"


async def test_nan_is_data(worker, folder):
    run_request(folder, "nan")
    events = await outcome(worker, folder)
    assert column(events, "train/loss") == [1.0, None, None, None, 2.0]
    assert [kind for e in only(Readings, events) for _, _, kind in e.bad] == ["nan", "inf", "-inf"]
    assert events[-1].reason == "done"


async def test_plain_dicts_are_numbered(worker, folder):
    run_request(folder, "plain")
    events = await outcome(worker, folder)
    assert [step for e in only(Readings, events) for step in e.step] == [1, 2, 3]
    assert isinstance(events[-1], Finished)


async def test_a_reading_after_the_last_step_is_kept(worker, folder):
    run_request(folder, "test_at_the_end", {"steps": 5}, steps=5)
    events = await outcome(worker, folder)
    assert [value for value in column(events, "test/mae") if value is not None] == [2.0]


async def test_a_tensor_changed_in_place_does_not_rewrite_what_was_read(worker, folder):
    run_request(folder, "same_tensor", {"steps": 20})
    events = await outcome(worker, folder)
    assert column(events, "sum") == [float(step) for step in range(1, 21)]


async def test_a_picture_is_of_its_step(worker, folder):
    run_request(folder, "in_place_picture")
    saved = only(PictureSaved, await outcome(worker, folder))
    drawn = [(each.step, json.loads((folder / each.file).read_bytes())) for each in saved]
    assert drawn[-1][0] == 3
    for step, picture in drawn:
        assert picture["data"] == [step] * 4
        assert (picture["shape"], picture["role"]) == ([2, 2], "heat_map")


async def test_an_unknown_knob_is_refused(worker, folder):
    run_request(folder, "normal", {"momentum": 0.9})
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Failed)
    assert "momentum" in end.title


@pytest.mark.parametrize(
    ("limits", "reason"), [({"steps": 20}, "steps"), ({"seconds": 0.2}, "time")]
)
async def test_soft_limits_end_a_run_cleanly(worker, folder, limits, reason):
    run_request(folder, "forever", **limits)
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Finished)
    assert end.reason == reason


async def until(events, wanted):
    """The next event that is wanted."""
    async for event in events:
        if wanted(event):
            return event
    raise AssertionError("the run ended before")


async def test_pause_step_turn_resume_and_stop(worker, folder):
    run_request(folder, "forever", {"learning_rate": 0.1})
    await worker.fork(folder)
    async with contextlib.aclosing(follow(folder)) as events:
        await until(events, lambda e: isinstance(e, Readings))

        async def ask(do, **more):
            name = send(folder, do, **more)
            return await until(events, lambda e: isinstance(e, Ack) and e.command == name)

        paused = await ask("pause")
        stepped = await ask("step")
        assert stepped.ok
        refused = await ask("set", knob="nonsense", value=1.0)
        assert not refused.ok
        turned = send(folder, "set", knob="learning_rate", value=0.25)
        knob = await until(events, lambda e: isinstance(e, KnobTurned))
        assert (knob.name, knob.value) == ("learning_rate", 0.25)
        # One step and no more was done between the pause and here.
        assert knob.step - paused.step <= 1
        assert turned
        await ask("resume")
        await until(events, lambda e: isinstance(e, Readings) and e.s["rate"][-1] == 0.25)
        send(folder, "stop")
        end = await until(events, lambda e: isinstance(e, Finished))
    assert end.reason == "stopped"


async def test_two_runs_side_by_side(worker, tmp_path):
    folders = [tmp_path / name for name in "ab"]
    for each in folders:
        each.mkdir()
        run_request(each, "normal")
    both = await asyncio.gather(*(outcome(worker, each) for each in folders))
    assert all(isinstance(events[-1], Finished) for events in both)


async def test_the_warm_worker_has_one_thread_and_its_children_may_have_more(worker, folder):
    assert _threads(worker._process.pid) == 1
    run_request(folder, "threads")
    events = await outcome(worker, folder)
    assert column(events, "sum") == [600.0**3]


SCRIPT = """
import asyncio, sys
from pathlib import Path
from tutor.runner.worker_process import Worker
async def main():
    worker = Worker(Path(sys.argv[1]))
    await worker.fork(Path(sys.argv[2]))
    print(worker._process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_the_run_outlives_a_killed_tutor_and_the_worker_does_not(folder, tmp_path):
    run_request(folder, "normal", {"steps": 10, "sleep": 0.1})
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "w"), str(folder)]
    tutor = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    worker = int(await tutor.stdout.readline())
    tutor.kill()
    await tutor.wait()
    events = [event async for event in follow(folder)]
    assert isinstance(events[-1], Finished)
    assert events[-1].step == 10
    deadline = time.monotonic() + 10
    while _alive(worker) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    assert not _alive(worker)


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _threads(pid):
    return int(Path(f"/proc/{pid}/status").read_text().split("Threads:")[1].split()[0])
