"""What the lab says of damaged records, of a logout that would end a run, of two who watch one."""

import os
import pty
from pathlib import Path

import pytest
from frames import frame
from scripts import ScriptedWorker

from tutor.core.errors import TutorError
from tutor.core.protocol import encode
from tutor.session import training
from tutor.session.logout import Logout
from tutor.session.tutor import Tutor
from tutor.ui.screens.lab import LabScreen
from tutor.ui.terminal import HANGUP, TerminalWatch


@pytest.fixture
async def lab(pilot):
    await pilot.app.push_screen(LabScreen(pilot.app.tutor.lesson("one").find("one.run")))
    await pilot.pause()
    return pilot


async def train(lab):
    await lab.press("enter")
    await lab.app.workers.wait_for_complete()
    await lab.pause()
    return frame(lab.app)


class Damaging(ScriptedWorker):
    """Leaves a line and a half of garbage in the middle of each record."""

    async def fork(self, folder):
        await super().fork(folder)
        path = folder / "events.jsonl"
        first, rest = path.read_bytes().split(b"\n", 1)
        path.write_bytes(first + b"\n\xff\xfe\n{half" + rest)


async def test_lines_that_could_not_be_read_are_counted_under_the_curve(lab, monkeypatch):
    monkeypatch.setattr(lab.app.tutor.training, "fork", Damaging().fork)
    screen = await train(lab)
    assert "2 lines of the record could not be read" in screen
    assert "✓ Passed." in screen


async def test_a_whole_record_says_nothing_of_damage(lab):
    assert "could not be read" not in await train(lab)


async def test_a_logout_that_would_end_runs_is_said_once_a_session(lab, monkeypatch):
    looked = []

    def ends():
        looked.append(True)
        return Logout("A logout ends it.", "Linger.")

    lab.app.tutor.training._noticed = False
    monkeypatch.setattr(training, "logout_ends_runs", ends)
    said = []
    monkeypatch.setattr(lab.app, "say", lambda text, **more: said.append(text))
    await train(lab)
    await train(lab)
    assert said == ["A logout ends it. Linger."]
    assert looked == [True]


async def test_a_run_that_could_not_be_started_trains_nowhere(lab, monkeypatch):
    async def fork(folder):
        raise TutorError("The worker died.")

    monkeypatch.setattr(lab.app.tutor.training, "fork", fork)
    await train(lab)
    assert not lab.app.tutor.training.live


async def test_two_who_watch_one_run_see_the_same_and_learn_of_its_end(scripted):
    tutor, _ = scripted
    run = tutor.lesson("one").find("one.run")
    mine = await tutor.training.start(run, {"learning_rate": 0.5})
    path = mine.folder / "events.jsonl"
    whole = path.read_bytes()
    *begun, end, _ = whole.split(b"\n")
    path.write_bytes(b"\n".join([*begun, b""]))
    other = Tutor.open(Path(tutor.course.root), tutor.places.data)
    theirs = other.training.attach(mine.folder.name)
    watching = theirs.events()
    for _ in begun:
        await anext(watching)
    theirs.pause()
    assert theirs.running
    with path.open("ab") as file:
        file.write(end + b"\n")
    async for _ in watching:
        pass
    async for _ in mine.events():
        pass
    assert not theirs.running
    assert mine.metrics.values("train/loss") == theirs.metrics.values("train/loss")
    assert mine.verdict == theirs.verdict
    # Whoever came second recorded nothing anew.
    assert len([run for run in other.progress.runs if run == mine.folder.name]) == 1
    assert encode(theirs.request) == encode(mine.request)
    other.close()


def test_a_terminal_that_goes_is_noticed_and_what_does_not_leave_is_ended():
    master, slave = pty.openpty()
    did = []
    watch = TerminalWatch(
        slave, lambda: did.append("leave"), lambda code: did.append(code), grace=0.01
    )
    watch.start()
    os.write(master, b"a key")
    watch.join(0.1)
    assert not did, "a terminal that speaks is there"
    os.close(master)
    watch.join(10)
    assert did == ["leave", HANGUP]
    os.close(slave)


def test_a_program_that_has_left_is_ended_all_the_same():
    master, slave = pty.openpty()
    did = []

    def closed():
        raise RuntimeError("Event loop is closed")

    watch = TerminalWatch(slave, closed, did.append, grace=0.01)
    os.close(master)
    watch.start()
    watch.join(10)
    assert did == [HANGUP]
    os.close(slave)
