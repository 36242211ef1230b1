"""What becomes of a run when whoever watches it goes: terminals closed, commands interrupted."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from codecs import getincrementaldecoder
from pathlib import Path

import pytest
from emulator import Emulator

from tutor.core.protocol import Finished, Readings
from tutor.runner.identity import noted
from tutor.runner.liveness import last_event, state
from tutor.runner.record import Reader

FIXTURE = Path(__file__).parent.parent / "fixtures" / "course"
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
STEPS = 40


@pytest.fixture
def command(tmp_path):
    """How to start the program on a copy of the small course whose ball rolls for four seconds."""
    course = Path(shutil.copytree(FIXTURE, tmp_path / "course"))
    bowl = course / "one" / "bowl.py"
    slow = '        time.sleep(float(os.environ.get("STEP_SECONDS", "0.1")))\n        w -='
    text = bowl.read_text().replace("        w -=", slow)
    bowl.write_text(text.replace("from dataclasses", "import os\nimport time\nfrom dataclasses"))
    return [sys.executable, "-P", "-m", "tutor", "--course", str(course), "--trust"]


@pytest.fixture
def environment(tmp_path):
    return {
        **os.environ,
        "DLWALK_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
    }


def wait(wanted, patience=60):
    """Wait until something holds, and return it."""
    end = time.monotonic() + patience
    while not (found := wanted()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


class Terminal:
    """The program in a terminal of our own making.

    Args:
        controls: Whether it is the controlling terminal, whose closing sends SIGHUP. A terminal
            that is not goes without a word, as one does whose other end vanished.
    """

    def __init__(self, command, environment, *, controls):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x1e\0\x64\0\0\0\0\0")

        def begin():
            if controls:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            *(command,),
            **dict.fromkeys(("stdin", "stdout", "stderr"), slave),
            env=environment,
            start_new_session=True,
            preexec_fn=begin,  # no thread runs here
        )
        os.close(slave)
        self.screen = Emulator(100, 30)
        self.decode = getincrementaldecoder("utf-8")("replace").decode

    def until(self, words, patience=40):
        end = time.monotonic() + patience
        while words not in self.screen.text():
            assert time.monotonic() < end, self.screen.text()
            if select.select([self.master], [], [], 0.1)[0]:
                self.screen.feed(self.decode(os.read(self.master, 65536)))

    def key(self, keys):
        os.write(self.master, keys.encode())

    def close(self):
        os.close(self.master)


@pytest.mark.parametrize("controls", [True, False], ids=["hang-up", "without a word"])
def test_a_terminal_that_goes_takes_the_tutor_and_its_worker_but_not_the_run(
    command, environment, tmp_path, controls, request
):
    terminal = Terminal([*command, "--lesson", "one"], environment, controls=controls)
    request.addfinalizer(terminal.process.kill)
    terminal.until("A ball rolls down a bowl")
    terminal.key("nn\r")
    terminal.until("press enter to train")
    terminal.key("\r")
    runs = tmp_path / "home" / "runs"
    folder = wait(lambda: next(runs.glob("*"), None))
    reader = Reader(folder)
    wait(lambda: any(isinstance(event, Readings) for event in reader.read()))
    worker = int(Path(f"/proc/{noted(folder).pid}/stat").read_text().rpartition(")")[2].split()[1])
    terminal.close()
    # It neither stays nor spins: an endless read of a dead terminal would do both.
    terminal.process.wait(20)
    assert state(folder) == "live"
    wait(lambda: state(folder) == "ended")
    end = last_event(folder)
    assert isinstance(end, Finished)
    assert (end.reason, end.step) == ("done", STEPS)
    wait(lambda: not Path(f"/proc/{worker}").exists())


@pytest.fixture
def dlwalk(command, environment):
    """Start a command, with Ctrl+C as in a terminal."""
    begun = []

    def start(*words):
        def default():
            signal.signal(signal.SIGINT, signal.default_int_handler)

        process = subprocess.Popen(
            [*command, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=default,  # no thread runs here
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def line_with(stream, words):
    return next(line for line in stream if words in line)


def test_ctrl_c_leaves_the_run_to_itself_and_two_others_may_watch_it(dlwalk, environment):
    environment["STEP_SECONDS"] = "0.4"
    training = dlwalk("train", "one.run", "--set", "learning_rate=0.5")
    line_with(training.stderr, "step ")
    training.send_signal(signal.SIGINT)
    _, said = training.communicate()
    assert training.returncode == 130
    assert "goes on without you" in said
    name = re.search(r"dlwalk-tutor attach (\S+)`", said)[1]
    assert f"dlwalk-tutor stop {name}" in said

    viewers = [dlwalk("attach", name), dlwalk("attach")]
    for viewer in viewers:
        line_with(viewer.stderr, "step ")
    viewers[0].send_signal(signal.SIGINT)
    _, said = viewers[0].communicate()
    assert viewers[0].returncode == 130
    assert "goes on without you" in said
    listed = json.loads(dlwalk("runs", "--json").communicate()[0])
    assert [(row["run"], row["state"]) for row in listed] == [(name, "live")]

    assert f"Stopped {name}." in dlwalk("stop", name).communicate()[1]
    watched, said = viewers[1].communicate()
    assert viewers[1].returncode == 1
    assert "train/loss" in said

    # Both who watched and who comes later see the same curve.
    later = dlwalk("attach", name)
    assert later.communicate()[0] == watched
    assert "train/loss" in watched
    assert later.returncode == 1
    again = dlwalk("stop", name)
    assert "was over already" in again.communicate()[1]
    assert again.returncode == 0


def test_a_run_that_was_killed_is_told_from_one_that_trains(dlwalk, tmp_path):
    training = dlwalk("train", "one.run")
    line_with(training.stderr, "step ")
    (folder,) = (tmp_path / "home" / "runs").glob("*")
    os.kill(noted(folder).pid, signal.SIGKILL)
    _, said = training.communicate()
    assert training.returncode == 3
    assert "killed from outside" in said
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b"{half a li")
    assert "was over already" in dlwalk("stop", folder.name).communicate()[1]
    shown, said = dlwalk("attach", folder.name).communicate()
    assert "train/loss" in shown
    assert "1 line of the record could not be read" in said
    assert "Nothing is training now" in dlwalk("stop").communicate()[1]
