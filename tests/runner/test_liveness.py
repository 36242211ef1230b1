"""Alive or dead, without believing a clock, a pid or a lock on its own."""

import asyncio
import errno
import os
import subprocess
import sys
import time

import msgspec
import pytest
from tests_runner import only, run_request

from tutor.core.errors import TutorError
from tutor.core.protocol import PROTOCOL, Finished, Hello, encode
from tutor.runner import identity, liveness
from tutor.runner.follow import follow
from tutor.runner.liveness import process_of, state
from tutor.runner.stopping import stop
from tutor.runner.worker_process import Worker


def say_hello(folder, **changes):
    """Begin a record as this very process would, but for the changes."""
    me = identity.of_process(os.getpid())
    fields = {"pid": me.pid, "host": me.host, "boot": me.boot, "ticks": me.ticks, **changes}
    hello = Hello(protocol=PROTOCOL, device="cpu", torch="2", at=0.0, **fields)
    (folder / "events.jsonl").write_bytes(encode(hello) + b"\n")


@pytest.fixture
def old(folder):
    """A run that was asked for long ago, by a clock that has jumped since."""
    run_request(folder, "normal")
    os.utime(folder / "request.json", (0, 0))
    return folder


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "live"),
        ({"ticks": 7}, "dead"),  # the pid is somebody else's by now
        ({"boot": "another"}, "dead"),
        ({"pid": 2**22 + 5}, "dead"),
        ({"host": "gpu-node-7"}, "elsewhere:gpu-node-7"),
    ],
)
@pytest.mark.parametrize("lock", ["deleted", "cannot be asked", "free"])
def test_without_a_lock_the_process_itself_is_asked(old, monkeypatch, changes, expected, lock):
    say_hello(old, **changes)
    if lock != "deleted":
        (old / "lock").touch()
    if lock == "cannot be asked":

        def refuse(number):
            raise OSError(37, "No locks available")

        monkeypatch.setattr(liveness, "_asked", refuse)
        monkeypatch.setattr(liveness, "_tried", refuse)
    assert state(old) == expected


def test_a_process_that_ended_and_was_not_fetched_is_dead(old):
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        ticks = identity.of_process(child.pid).ticks
        assert ticks
        say_hello(old, pid=child.pid, ticks=ticks)
        assert state(old) == "dead"


@pytest.mark.parametrize("age", [0, 2**40, -(2**20)])
def test_a_run_that_waits_for_its_worker_lives_whatever_the_clock_says(folder, age):
    run_request(folder, "normal")
    os.utime(folder / "request.json", (abs(time.time() - age),) * 2)
    identity.note(folder, os.getpid(), starter=True)
    assert state(folder) == "live"
    dead = subprocess.Popen(["true"])
    dead.wait()
    identity.note(folder, dead.pid, starter=True)
    assert state(folder) == "dead"


@pytest.mark.parametrize("jump", [-(10**6), 10**6])
def test_a_clock_that_jumped_makes_no_run_live_that_was_never_begun(folder, jump):
    run_request(folder, "normal")
    then = time.time() + jump
    os.utime(folder / "request.json", (then, then))
    assert state(folder) == "dead"


def test_a_lock_held_through_another_machine_is_elsewhere_and_gets_no_signal(old):
    say_hello(old, host="gpu-node-7", pid=1)
    hold = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(old / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert state(old) == "elsewhere:gpu-node-7"
        assert asyncio.run(stop(old)) == "asked"
        assert holder.poll() is None
        holder.communicate()
    assert b'"stop"' in (old / "control.jsonl").read_bytes()


async def test_stop_never_signals_who_only_starts_a_run(old, monkeypatch):
    from tutor.runner import stopping

    identity.note(old, os.getpid(), starter=True)
    monkeypatch.setattr(stopping, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(stopping, "TERM_SECONDS", 0.05)
    monkeypatch.setattr(stopping, "KILL_SECONDS", 0.05)
    sent = []
    monkeypatch.setattr(os, "killpg", lambda *words: sent.append(words))
    monkeypatch.setattr(os, "getpgid", lambda pid: pid)
    assert await stop(old) == "lives"
    assert not sent


@pytest.mark.asyncio(loop_scope="session")
async def test_a_live_run_whose_lock_was_deleted_is_live_and_can_be_stopped(worker, folder):
    run_request(folder, "forever")
    await worker.fork(folder)
    async for event in follow(folder):
        if isinstance(event, Hello):
            (folder / "lock").unlink()
            assert state(folder) == "live"
            assert await stop(folder) == "stopped"
        end = event
    assert isinstance(end, Finished)
    assert state(folder) == "ended"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_run_is_its_own_from_the_moment_it_is_forked(worker, folder):
    run_request(folder, "normal")
    pid = await worker.fork(folder)
    who = process_of(folder)
    assert (who.pid, who.starter) == (pid, False)
    assert state(folder) in ("live", "ended")
    assert only(Finished, [event async for event in follow(folder)])


async def test_a_run_that_no_worker_took_is_dead_at_once(tmp_path, folder):
    class Broken(Worker):
        async def start(self, on_stage=None):
            raise TutorError("No.")

    run_request(folder, "normal")
    os.utime(folder / "request.json", (0, 0))
    with pytest.raises(TutorError):
        await Broken(tmp_path).fork(folder)
    assert state(folder) == "dead"


def test_a_damaged_note_is_no_note(folder):
    (folder / identity.FILE).write_bytes(b"\xff{")
    assert identity.noted(folder) is None
    (folder / identity.FILE).write_bytes(msgspec.json.encode({"pid": "x"}))
    assert identity.noted(folder) is None


def test_a_disk_without_locks_is_no_reason_not_to_run(folder, monkeypatch):
    from tutor.worker import child

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(child.fcntl, "lockf", refuse)
    os.close(child._lock(folder))
