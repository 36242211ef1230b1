"""Runs that will not end, print without end, or want all the memory: each really does."""

import asyncio
import contextlib
import linecache
import os
import re
import signal

import pytest
from tests_runner import ENTRIES, check_request, column, outcome, run_request

from tutor.core.protocol import Failed, Finished, Hello, Readings
from tutor.runner.follow import Gone, follow
from tutor.runner.identity import of_process
from tutor.runner.liveness import state
from tutor.runner.stopping import stop
from tutor.worker import limits

pytestmark = pytest.mark.asyncio(loop_scope="session")


def named_line(text):
    """The line of entries.py that a sentence or a trace names."""
    number = re.findall(r"entries\.py`?, line (\d+)", text)[-1]
    return linecache.getline(str(ENTRIES), int(number)).strip()


@pytest.mark.parametrize(
    ("function", "line"),
    [("endless", "while True:|pass"), ("endless_in_c", r"collections\.deque.*")],
)
async def test_a_loop_without_end_is_ended_and_its_line_named(worker, folder, function, line):
    run_request(folder, function, seconds=0.1)
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Gone)
    assert end.code == -signal.SIGALRM
    assert "time limit" in end.exit.title
    assert re.fullmatch(line, named_line(end.exit.hint))


async def test_a_check_that_never_ends_is_not_waited_for_much_longer(worker, folder):
    text = "def double(x):\n    while True:\n        x += 1\n"
    check = "from tutor.checks import check\n@check('ends')\ndef check_ends(learner): learner.double(1)\n"
    check_request(folder, check, text, seconds=0.2)
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Gone)
    assert "`mine.py`, line" in end.exit.hint
    assert "in double" in end.exit.hint
    assert limits.CHECK_GRACE_SECONDS < limits.grace(0.2) <= limits.grace(60)


async def begun(worker, folder, function):
    """Start a run and wait until it is inside the step that never ends."""
    run_request(folder, function, seconds=60)
    await worker.fork(folder)
    async with contextlib.aclosing(follow(folder)) as events:
        async for event in events:
            if isinstance(event, Readings):
                return


async def test_told_to_end_in_an_endless_step_a_run_says_where_it_was(worker, folder):
    await begun(worker, folder, "endless")
    hello = next(event for event in [e async for e in first(folder)] if isinstance(event, Hello))
    os.kill(hello.pid, signal.SIGTERM)
    events = [event async for event in follow(folder)]
    assert isinstance(events[-1], Failed)
    assert "told to end" in events[-1].title
    assert named_line(events[-1].trace) in ("while True:", "pass")
    assert column(events, "train/loss") == [1.0]


async def first(folder):
    """What there is of a run that goes on."""
    async with contextlib.aclosing(follow(folder)) as events:
        async for event in events:
            yield event
            if isinstance(event, Readings):
                return


@pytest.mark.parametrize("function", ["stubborn", "endless_in_c"])
async def test_stop_ends_even_what_cannot_be_told(worker, folder, function):
    await begun(worker, folder, function)
    assert await stop(folder) == "stopped"
    assert state(folder) == "dead"
    end = [event async for event in follow(folder)][-1]
    assert isinstance(end, Gone)
    assert "stopped by force" in end.exit.title
    assert "`entries.py`, line" in end.exit.hint
    assert await stop(folder) == "was over"


async def test_sigterm_between_steps_ends_a_run_as_stopped(worker, folder):
    await begun(worker, folder, "forever")
    hello = next(event for event in [e async for e in first(folder)] if isinstance(event, Hello))
    os.kill(hello.pid, signal.SIGTERM)
    end = [event async for event in follow(folder)][-1]
    assert isinstance(end, Finished)
    assert end.reason == "stopped"


async def test_prints_without_end_fill_no_disk_and_their_line_is_named(worker, folder):
    run_request(folder, "prints", seconds=0.1)
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Gone)
    assert named_line(end.exit.hint).startswith(("print", "while True"))
    assert (folder / "log.txt").stat().st_size <= 17 * 2**20


async def test_much_printing_ends_no_run_and_keeps_the_last_words(worker, folder):
    run_request(folder, "talkative")
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Finished)
    assert len(column(events, "train/loss")) == 5
    log = (folder / "log.txt").read_bytes()
    assert len(log) <= 17 * 2**20
    assert b"From here on only the end is kept" in log
    assert log.endswith(b"the last words\n")


async def test_what_is_printed_past_python_is_cut_off(worker, folder):
    run_request(folder, "past_python")
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "done"
    assert (folder / "log.txt").stat().st_size <= 17 * 2**20


async def test_a_run_that_closes_its_output_still_ends_with_its_record(worker, folder):
    run_request(folder, "closes_its_output")
    assert isinstance((await outcome(worker, folder))[-1], Finished)


@pytest.mark.parametrize("function", ["tensors_without_end", "lists_without_end", "resident"])
async def test_a_run_that_wants_all_the_memory_says_so(worker, folder, function):
    run_request(folder, function)
    events = await outcome(worker, folder)
    assert isinstance(events[-1], Failed)
    assert "more memory than it may use" in events[-1].title
    assert "smaller batch" in events[-1].hint
    assert 2.0 not in column(events, "train/loss")


@pytest.mark.parametrize("steps", [1, 2])
async def test_what_a_run_started_ends_with_it(worker, folder, steps):
    run_request(folder, "leaves_a_child", {"steps": steps})
    events = await outcome(worker, folder)
    assert isinstance(events[-1], (Gone, Finished)[steps - 1])
    child = of_process(int(column(events, "pid")[0]))
    while child.alive:
        await asyncio.sleep(0.01)
    assert child.pid


async def test_a_device_without_memory_is_named(worker, folder):
    run_request(folder, "device_memory")
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Failed)
    assert "GPU ran out of memory" in end.title
    assert "CPU" in end.hint


async def test_a_long_record_is_no_reason_to_end(worker, folder):
    run_request(folder, "file_limit")
    limit = column(await outcome(worker, folder), "limit")
    assert limit == [limits.FILE_LIMIT]
    # 1e7 readings of three series: 40 bytes each and step.
    assert limits.FILE_LIMIT > 1e7 * 4 * 40
