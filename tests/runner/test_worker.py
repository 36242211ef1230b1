"""The warm worker's own life: it rests, dies, hangs, and never piles up."""

import asyncio
import os
import signal
import time

import pytest
from tests_runner import outcome, run_request

from tutor.core.errors import TutorError
from tutor.core.protocol import Finished
from tutor.runner.identity import of_process
from tutor.runner.worker_process import DEATHS_IN_A_ROW, Worker


@pytest.fixture
def own(tmp_path):
    """Workers of one's own that import this `torch` instead of the real one."""

    def make(torch=None, **options):
        made = Worker(tmp_path / "worker", **options)
        if torch is not None:
            fake = tmp_path / "fake"
            fake.mkdir(exist_ok=True)
            (fake / "torch.py").write_text(torch)
            usual = made._environment()
            usual["PYTHONPATH"] = f"{fake}{os.pathsep}{usual['PYTHONPATH']}"
            made._environment = lambda: usual
        return made

    return make


def outlive(pid):
    """Wait for the end of a process, and do nothing else meanwhile: no loop turns."""
    while of_process(pid).alive:
        time.sleep(0.01)


LIGHT = """
import sys, types
__version__ = "0"
def set_num_threads(count): pass
__path__ = []
sys.modules["torch._dynamo"] = types.ModuleType("torch._dynamo")
"""


async def test_it_is_replaced_after_a_death(own):
    worker = own(LIGHT)
    await worker.start()
    first = worker._process.pid
    os.kill(first, signal.SIGKILL)
    await worker._reader
    assert worker.state == "gone"
    await worker.start()
    assert worker.state == "warm"
    assert worker._process.pid != first
    await worker.stop()


async def test_an_idle_one_ends_but_not_before_its_runs(own, folder):
    worker = own(idle_seconds=0.2)
    run_request(folder, "normal", {"sleep": 0.1})
    # A run of half a second outlasts the wait, and its worker stays to tell how it ended.
    assert isinstance((await outcome(worker, folder))[-1], Finished)
    while worker.state != "cold":
        await asyncio.sleep(0.01)
    assert (folder / "exit").read_text() == "0\n"
    await worker.stop()


async def test_one_that_went_to_rest_as_it_was_asked_is_replaced_without_a_word(own, folder):
    worker = own(LIGHT, idle_seconds=0.05)
    await worker.start()
    process = worker._process
    # It ends unseen: its end waits in the pipe, and the state still says warm.
    outlive(process.pid)
    assert worker.state == "warm"
    worker._idle_seconds = 60
    worker._environment = Worker(folder)._environment
    run_request(folder, "normal")
    assert isinstance((await outcome(worker, folder))[-1], Finished)
    await worker.stop()


async def test_a_stopped_tutor_keeps_no_worker(own):
    worker = own(LIGHT, idle_seconds=0.05)
    await worker.start()
    # This process reads nothing more, as if it had been stopped; the worker ends all the same.
    outlive(worker._process.pid)
    await worker.stop()


async def test_three_deaths_in_a_row_are_enough(own):
    worker = own("import os\nprint('the disk is gone', flush=True)\nos._exit(3)\n")
    for _ in range(DEATHS_IN_A_ROW):
        with pytest.raises(TutorError) as told:
            await worker.start()
        assert "could not be started" in told.value.title
        assert "the disk is gone" in told.value.hint
    with pytest.raises(TutorError) as told:
        await worker.start()
    assert f"died {DEATHS_IN_A_ROW} times in a row" in told.value.title
    assert "doctor" in told.value.hint
    await worker.stop()


async def test_one_that_hangs_is_named_and_the_next_try_is_another(own, tmp_path):
    marker = tmp_path / "hung"
    hangs = (
        f"import os, time\nif not os.path.exists({str(marker)!r}):\n"
        f"    open({str(marker)!r}, 'w').close()\n    time.sleep(60)\n"
    )
    worker = own(hangs + LIGHT, patience=0.3)
    with pytest.raises(TutorError) as told:
        await worker.start()
    assert "stuck at" in told.value.title
    assert "Train again" in told.value.hint
    first = worker._process.pid
    while not marker.exists():
        await asyncio.sleep(0.01)
    worker.patience = 60
    worker._spawned_at -= 60
    await worker.start()
    assert worker.state == "warm"
    assert worker._process.pid != first
    await worker.stop()
