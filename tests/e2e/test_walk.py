"""The whole program in a real terminal, with the real worker: from the door to the roof."""

import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from emulator import Emulator
from pane import Pane

FIXTURE = Path(__file__).parent.parent / "fixtures" / "course"
SOLUTION = (FIXTURE / "one" / "solution" / "step.py").read_text()

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(150),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here"),
]

Start = Callable[..., Pane]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def start(tmp_path: Path, home: Path) -> Iterator[Start]:
    """Start the program on a copy of the small course, any number of times."""
    course = Path(shutil.copytree(FIXTURE, tmp_path / "course"))
    panes = []

    def begin(*options: str, size: tuple[int, int] = (100, 30)) -> Pane:
        command = [
            sys.executable,
            "-P",
            "-m",
            "tutor",
            "--course",
            str(course),
            "--trust",
            *options,
        ]
        environment = {
            "DLWALK_HOME": str(home),
            "TERM": "tmux-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            "EDITOR": "true",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        pane = Pane(tmp_path, command, environment, *size)
        panes.append(pane)
        return pane

    yield begin
    for pane in panes:
        pane.close()


def welcome(pane: Pane) -> None:
    """Through the first screen to Home."""
    pane.until("Your name")
    pane.key("Escape")
    pane.until("Begin  Rolling downhill")


def test_from_the_first_start_to_a_graded_lesson_and_back(start, home):
    pane = start()
    welcome(pane)

    pane.key("Enter")
    pane.until("A ball rolls down a bowl")

    # The run: fail with the default, then type a better knob and pass.
    pane.key("n", "n", "Enter")
    pane.until("loss below 0.01: passed")
    pane.until("press enter to train")
    pane.key("Enter")
    pane.until("Not yet")
    pane.until("Try a learning rate")
    pane.type("0.5")
    pane.key("Enter", "Enter")
    pane.until("✓ Passed")
    pane.until("done after 40 steps")
    pane.key("Escape")

    # The code: the starter fails, the solution passes.
    pane.until("A ball rolls|A bet|Some code")
    pane.key("n", "Enter")
    pane.until("def step")
    pane.key("C-s")
    pane.until("✗ moves downhill")
    file = home / "code" / "fixture" / "one" / "step.py"
    file.write_text(SOLUTION)
    pane.until("✓ Passed")
    pane.key("Escape")

    # The quiz: wrong, right, a number, a word, the score card.
    pane.until("Some code|Questions")
    pane.key("n", "Enter")
    pane.until("Question 1 of 4")
    pane.key("2", "Enter")
    pane.until("That climbs")
    pane.key("Enter")
    pane.until("Question 2 of 4")
    pane.key("1", "2", "Enter")
    pane.until("Right")
    pane.key("Enter")
    pane.until("Question 3 of 4")
    pane.key("NPage")
    pane.until("Question 4 of 4")
    pane.type("learning rate")
    pane.key("Enter")
    pane.until("Right")
    pane.key("Enter")
    pane.until("Questions .* 3 of 5")
    pane.key("Escape", "Escape")
    pane.until("Go on  Rolling downhill")
    pane.key("q")
    pane.wait_dead()

    # Everything is where it was.
    pane = start()
    screen = pane.until("Go on  Rolling downhill")
    assert "10/13" in screen
    pane.key("p")
    pane.until("10 of 13 points")
    pane.key("Escape")
    pane.until("Nothing is training")
    pane.key("q")
    pane.wait_dead()


@pytest.mark.timeout(180)
def test_what_was_sent_bit_by_bit_is_what_all_at_once_shows(start, tmp_path):
    """Only changed cells are sent; a real terminal must show what it would if all were."""
    lesson = tmp_path / "course" / "one" / "lesson.md"
    lesson.write_text(lesson.read_text().replace("A ball rolls", "漢字 é 🙂 ok. A ball rolls"))
    pane = start()
    welcome(pane)

    def same(wait=0.0):
        time.sleep(wait)  # for a new size to be noticed, on a busy machine too
        bit_by_bit, still = seen(pane), 0
        while still < 3:  # on a busy machine a screen takes its time
            time.sleep(0.3)
            now = seen(pane)
            still = still + 1 if now == bit_by_bit else 0
            bit_by_bit = now
        pane.key("C-l")
        assert seen(pane) == bit_by_bit

    same()
    pane.key("Enter")
    pane.until("A ball rolls down a bowl")
    same()
    pane.key("n", "n", "PPage", "Down", "Up", "Up")
    same()
    pane.resize(72, 20)
    same(wait=2.5)
    pane.key("n", "n", "Enter")
    pane.until("press enter to train")
    pane.key("Enter")
    pane.until("Not yet")
    pane.key("v")
    same()
    pane.key("v", "Tab", "Left", "Left", "s")
    pane.resize(120, 40)
    same(wait=2.5)
    pane.key("?")
    pane.until("Everywhere")
    pane.resize(100, 30)
    pane.key("Escape")
    pane.until("done after")
    dark = pane.looks()
    pane.key("F3")
    pane.until_other_than(dark)
    same()
    clean = seen(pane)
    Path(pane.tty()).write_text("\x1b[5;20Ha word from elsewhere")
    pane.until("a word from elsewhere")
    pane.key("C-l")
    assert seen(pane) == clean


def seen(pane: Pane) -> list[object]:
    """The pane's cells as an eye tells them apart, once they stand still."""
    emulator = Emulator(120, 41)
    emulator.feed(pane.looks())
    return emulator.screen()


def slow(course: Path) -> None:
    """Make the fixture's ball roll slowly, so that there is time to pull the plug."""
    bowl = course / "one" / "bowl.py"
    text = bowl.read_text().replace("    for step in", "    import time\n    for step in")
    bowl.write_text(text.replace("        w -=", "        time.sleep(0.08)\n        w -="))


def test_a_killed_tutor_leaves_the_run_training_and_the_next_one_watches_it(start, tmp_path):
    slow(tmp_path / "course")
    pane = start()
    welcome(pane)
    pane.key("Enter")
    pane.until("A ball rolls down a bowl")
    pane.key("n", "n", "Enter")
    pane.until("press enter to train")
    pane.type("0.5")
    pane.key("Enter", "Enter")
    pane.until(r"step \d+/40")
    os.kill(pane.pid(), signal.SIGKILL)
    pane.wait_dead()

    pane = start()
    pane.until("1 run is still training")
    pane.key("w")
    pane.until(r"step \d+/40|done after 40 steps")
    pane.until("✓ Passed")
    pane.key("Escape")
    pane.until("Rolling downhill .* 3/13")


def test_quitting_while_it_trains_asks_and_stops_on_demand(start, tmp_path):
    slow(tmp_path / "course")
    pane = start("--lesson", "one")
    pane.until("A ball rolls down a bowl|Your name")
    pane.key("n", "n", "Enter")
    pane.until("press enter to train")
    pane.key("Enter")
    pane.until(r"step \d+/40")
    pane.key("C-q")
    pane.until("still training")
    pane.key("s")
    pane.wait_dead()


def test_the_database_survives_a_kill_in_the_middle_of_a_quiz(start, home):
    pane = start("--lesson", "one")
    pane.until("A ball rolls")
    pane.key("n", "n", "n", "n", "Enter")  # past the bet, the run and the code
    pane.until("Question 1 of 4")
    pane.key("1", "Enter")
    pane.until("Right")
    os.kill(pane.pid(), signal.SIGKILL)
    pane.wait_dead()
    connection = sqlite3.connect(home / "progress.sqlite")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    bodies = [row[0] for row in connection.execute("SELECT body FROM facts")]
    connection.close()
    assert any('"Answered"' in body and "one.q1" in body for body in bodies)
