"""Runs of two real processes: one result, one will, and no process left behind."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.nvml import eight
from msgspec import structs
from tests_runner import column, only, outcome, run_request

from tutor.core.protocol import Ack, Failed, Finished, Hello, Readings, encode
from tutor.runner import identity, ranks
from tutor.runner.control import send
from tutor.runner.devices import survey
from tutor.runner.follow import Gone, follow
from tutor.runner.liveness import state
from tutor.runner.stopping import stop
from tutor.session.devices import Devices
from tutor.worker.launching import Fall, last_word

pytestmark = pytest.mark.asyncio(loop_scope="session")
ENTRIES = Path(__file__).parent / "parallel_entries.py"


def request(folder, function, knobs=None, **options):
    """Ask for a run of two processes."""
    entry = function if ":" in function else f"{ENTRIES}:{function}"
    given = {"nproc": 2, "seconds": 60.0, "entry": entry, **options}
    return run_request(folder, function, knobs, **given)


@contextlib.contextmanager
def none_left(folder):
    """After the block no process that the folder names is alive."""
    yield
    people = ranks.recorded(folder)
    assert len(people) == 2
    assert not [each for each in people if each.alive]


async def until(events, wanted):
    async for event in events:
        if wanted(event):
            return event
    raise AssertionError("the run ended before")


# --- the result ---------------------------------------------------------------------------------------


async def test_two_processes_train_what_one_does(worker, tmp_path):
    found = []
    knobs = {"optimiser": "momentum", "batch_size": 35, "epochs": 2}
    for nproc in (1, 2):
        folder = tmp_path / str(nproc)
        folder.mkdir()
        asked = request(folder, "models.mlp:train", knobs, nproc=nproc, seed=3)
        events = await outcome(worker, folder)
        assert isinstance(events[-1], Finished), events[-1]
        assert (events[-1].reason, events[-1].nonce) == ("done", asked.nonce)
        assert len(only(Hello, events)) == 1
        found.append([_values(events, name) for name in ("train/loss", "test/accuracy")])
    # 64 steps; shares of 18 and 17 images, and of 6 and 6.
    (losses, score), (together, score_together) = found
    assert len(losses) == 64
    assert together == pytest.approx(losses, rel=1e-4)
    assert score_together == pytest.approx(score, abs=0.005)
    assert len(ranks.recorded(tmp_path / "2")) == 2
    assert not ranks.recorded(tmp_path / "1")


def _values(events, name):
    return [value for value in column(events, name) if value is not None]


async def test_an_exercise_for_one_process_says_so(worker, folder):
    request(folder, "models.xor:train")
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Failed)
    assert end.title == "This exercise can only train in one process."


# --- one will -----------------------------------------------------------------------------------------


async def test_all_pause_turn_and_stop_after_the_same_step(worker, folder, tmp_path):
    mark = str(tmp_path / "mark")
    request(folder, "line", {"learning_rate": 0.1, "mark": mark})
    await worker.fork(folder)

    def done():
        return [Path(f"{mark}.{rank}").read_text().split() for rank in (0, 1)]

    async with contextlib.aclosing(follow(folder)) as events:
        await until(events, lambda e: isinstance(e, Readings))

        async def ask(do, **more):
            name = send(folder, do, **more)
            return await until(events, lambda e: isinstance(e, Ack) and e.command == name)

        with none_left(folder):
            paused = await ask("pause")
            before = await _still(done)
            assert before == [[str(paused.step), "0.1"]] * 2
            await ask("set", knob="learning_rate", value=0.25)
            await ask("step")
            after = await _still(done)
            # One step in each of them, with the knob as it was turned.
            assert after == [[str(paused.step + 1), "0.25"]] * 2
            await ask("resume")
            await until(events, lambda e: isinstance(e, Readings) and e.step[-1] > paused.step + 50)
            assert {rate for _, rate in done()} == {"0.25"}
            send(folder, "stop")
            end = await until(events, lambda e: isinstance(e, Finished))
            await _over(folder)
        assert end.reason == "stopped"
        steps = {int(step) for step, _ in done()}
        assert steps == {end.step}


async def _still(look):
    """What is seen once it changes no more: twice the same over many looks of the run."""
    seen = None
    while (now := look()) != seen:
        seen = now
        await asyncio.sleep(0.2)
    return seen


async def _over(folder):
    while state(folder) == "live":
        await asyncio.sleep(0.02)


# --- deaths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "title"),
    [
        (
            "second_killed",
            "Process 2 of 2 was killed (signal 9) at step 20; the other was stopped.",
        ),
        ("second_raises", "ValueError: the second one does not like it"),
    ],
)
async def test_a_death_of_one_is_one_sentence_and_ends_all(worker, folder, function, title):
    asked = request(folder, function)
    with none_left(folder):
        events = await outcome(worker, folder)
        end = events[-1]
        assert isinstance(end, Failed)
        assert (end.title, end.nonce) == (title, asked.nonce)
        assert len(only(Failed, events)) == 1
        await _over(folder)


async def test_a_killed_launcher_leaves_nobody_behind(worker, folder):
    request(folder, "line")
    await worker.fork(folder)
    async with contextlib.aclosing(follow(folder)) as events:
        hello = await until(events, lambda e: isinstance(e, Hello))
        await until(events, lambda e: isinstance(e, Readings))
        people = ranks.recorded(folder)
        assert [each.alive for each in people] == [True, True]
        assert hello.pid not in {each.pid for each in people}
        os.kill(hello.pid, signal.SIGKILL)
        async for event in events:
            end = event
    assert isinstance(end, Gone)
    assert "killed" in end.exit.title
    await stop(folder)
    assert not [each for each in people if each.alive]


async def test_stop_by_force_ends_all(worker, folder, tmp_path):
    mark = tmp_path / "mark"
    request(folder, "second_hangs", {"mark": str(mark)})
    await worker.fork(folder)
    second = tmp_path / "mark.1"
    while not (second.is_file() and second.read_text().startswith("20 ")):
        await asyncio.sleep(0.02)
    with none_left(folder):
        assert await stop(folder) == "stopped"


# --- without the kernel's help ------------------------------------------------------------------------


def _stray(home):
    """A process of a session of its own that a folder names as a rank."""
    home.mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    process.stdout.readline()
    process.stdout.close()
    identity.note(home, process.pid)
    return process


def _gone(folder):
    """Note a launcher that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    identity.note(folder, process.pid)
    process.wait()


async def test_ranks_that_outlive_their_launcher_are_ended_by_whoever_looks(folder):
    run_request(folder, "line", nproc=2)
    _gone(folder)
    process = _stray(folder / "ranks" / "0")
    events = [event async for event in follow(folder)]
    assert isinstance(events[-1], Gone)
    assert process.wait() == -signal.SIGKILL


async def test_a_process_that_only_has_the_number_of_a_rank_is_left_alone(folder):
    process = _stray(folder / "ranks" / "0")
    path = folder / "ranks" / "0" / identity.FILE
    who = identity.noted(path.parent)
    path.write_text(path.read_text().replace(str(who.ticks), str(who.ticks + 1)))
    assert ranks.end(folder) == 0
    assert process.poll() is None
    process.kill()
    process.wait()


# --- the last word ------------------------------------------------------------------------------------


def say(folder, rank, event):
    home = folder / "ranks" / str(rank)
    home.mkdir(parents=True)
    (home / "events.jsonl").write_bytes(encode(event) + b"\n")
    # The order in which they spoke, whatever the clock of the disk can tell.
    os.utime(home / "events.jsonl", ns=(rank, rank))


@pytest.mark.parametrize(
    ("count", "code", "words"),
    [
        (4, 3, "Process 2 of 4 ended with exit code 3 at step 7; the others were stopped."),
        (4, -11, "Process 2 of 4 crashed (signal 11) at step 7; the others were stopped."),
        (2, -14, "Process 2 of 2 went past the time limit at step 7; the other was stopped."),
    ],
)
async def test_whoever_died_without_a_word_is_named(folder, count, code, words):
    asked = request(folder, "line", nproc=count)
    (folder / "events.jsonl").write_bytes(encode(Readings([6, 7], {}, 1.0)) + b"\n")
    say(folder, 0, Failed(title="Connection closed by peer"))
    falls = {rank: Fall(-signal.SIGTERM, 50) for rank in range(2, count)}
    end = last_word(asked, folder, {0: Fall(1, 50), 1: Fall(code, 50), **falls})
    assert (end.title, end.step, end.nonce) == (words, 7, asked.nonce)


async def test_the_first_error_is_the_one_that_counts(folder):
    asked = request(folder, "line", nproc=3)
    for rank, title in ((2, "lost"), (0, "the cause"), (1, "lost too")):
        say(folder, rank, Failed(title=title))
    assert last_word(asked, folder, {0: Fall(1, 1), 1: Fall(1, 1), 2: Fall(1, 1)}).title == (
        "the cause"
    )


async def test_nothing_is_passed_where_one_of_them_failed(folder):
    asked = request(folder, "line")
    say(folder, 0, Finished(reason="done", step=5, seconds=1.0, nonce=asked.nonce))
    assert isinstance(last_word(asked, folder, {}), Finished)
    for code in (9, -signal.SIGTERM):
        assert last_word(asked, folder, {1: Fall(code, 1)}).title.startswith("Process 2 of 2 ")


async def test_told_to_end_before_anybody_spoke(folder):
    asked = request(folder, "line")
    falls = {rank: Fall(-signal.SIGTERM, 1) for rank in (0, 1)}
    for each in ({}, falls):
        assert last_word(asked, folder, each).title.startswith("The run was told to end before")


async def test_one_that_never_began_is_named_too(folder):
    asked = request(folder, "line")
    said = last_word(asked, folder, {1: Fall(1, 1)})
    assert said.title == (
        "Process 2 of 2 ended with exit code 1 before its first step; the other was stopped."
    )


# --- asking -------------------------------------------------------------------------------------------


async def test_too_many_processes_are_refused_in_one_sentence(worker, folder):
    request(folder, "line", nproc=5000)
    end = (await outcome(worker, folder))[-1]
    assert isinstance(end, Failed)
    assert end.title.startswith("5000 processes are too many for the ")
    assert not ranks.recorded(folder)


@pytest.mark.parametrize(("asked", "said"), [(None, 3), (2, 2)])
async def test_a_session_asks_for_as_many_as_it_is_told_or_the_lesson_says(
    scripted, monkeypatch, asked, said
):
    tutor, _ = scripted
    monkeypatch.setattr(tutor, "owner", lambda _: tutor.lesson("one"))
    exercise = structs.replace(tutor.lesson("one").find("one.run"), nproc=3)
    live = await tutor.training.start(exercise, nproc=asked)
    assert live.request.nproc == said


@pytest.mark.parametrize(
    ("asked", "processes", "picked"),
    [
        ("auto", 1, "auto:GPU-"),
        ("auto", 2, "auto:cuda"),
        ("cuda", 2, "cuda"),
        ("cpu", 2, "cpu"),
    ],
)
async def test_processes_that_need_a_gpu_each_are_shown_all_of_them(asked, processes, picked):
    devices = Devices(lambda: survey(lambda: eight(), environment={}, build="cu130"))
    assert (await devices.pick(asked, "auto", processes)).startswith(picked)
