"""Budgets of the whole program, printed as figures: start, memory, keys, bytes.

Run by hand: `python -m pytest -n 0 -m bench -s tests/bench`.
"""

import contextlib
import itertools
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from terminal import Terminal

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

DOWN, RIGHT = "\x1b[B", "\x1b[C"
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("here I am")
Empty().run()
"""


def environment(home: Path) -> dict[str, str]:
    return {
        "DLWALK_HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        # As installed: compiled files are kept from start to start.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def tutor(home: Path, *words: str) -> Terminal:
    return Terminal([sys.executable, "-P", "-m", "tutor", *words], environment(home))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home past its welcome."""
    first = tutor(tmp_path)
    first.until("Your name")
    first.press("\x1b")
    first.until("Begin")
    first.close()
    return tmp_path


def test_start_and_memory(home: Path) -> None:
    ours, empty, memory = [], [], []
    for _ in range(5):
        terminal = tutor(home)
        terminal.until("Begin")
        ours.append(time.monotonic() - terminal.began)
        terminal.pump(0.5)
        memory.append(terminal.memory())
        terminal.close()
        terminal = Terminal([sys.executable, "-P", "-c", EMPTY], environment(home))
        terminal.until("here I am")
        empty.append(time.monotonic() - terminal.began)
        terminal.close()
    a, b = statistics.median(ours), statistics.median(empty)
    print(f"\ncommand to home screen: {a:.2f} s; an empty Textual app {b:.2f} s; ratio {a / b:.2f}")
    print(f"memory of the UI at home: {statistics.median(memory):.0f} MB")


def lab(terminal: Terminal) -> None:
    """From a lesson's first paragraph into the lab of its run, warm."""
    terminal.until("town of")
    for keys in ("n", "n", "\r"):
        terminal.quiet()
        terminal.press(keys)
    terminal.until("Turn the knobs")
    terminal.quiet()


class Link(NamedTuple):
    """How the terminal is reached."""

    name: str
    rate: float | None = None
    options: tuple[str, ...] = ()
    answers: bool = True
    tmux: bool = False
    busy: bool = False


LINKS = (
    Link("as fast as it goes"),
    Link("every core busy besides", busy=True),
    Link("20 kB/s", 20e3),
    Link("20 kB/s, no answers", 20e3, answers=False),
    Link("20 kB/s through tmux", 20e3, tmux=True),
    Link("5 kB/s", 5e3),
    Link("5 kB/s, --slow-link", 5e3, ("--slow-link",)),
    Link("5 kB/s, no answers", 5e3, answers=False),
    Link("5 kB/s through tmux", 5e3, tmux=True),
)


@contextlib.contextmanager
def every_core(busy: bool) -> Iterator[None]:
    """Keep every core at work, as a run on all of them does."""
    count = os.cpu_count() if busy else 0
    spinning = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count or 0)
    ]
    try:
        yield
    finally:
        for each in spinning:
            each.kill()
            each.wait()


@contextlib.contextmanager
def linked(home: Path, link: Link) -> Iterator[Terminal]:
    """The tutor in its first lesson with a run, over such a link."""
    command = [sys.executable, "-P", "-m", "tutor", *link.options, "--lesson", "sgd-and-adam"]
    socket = f"dlwalk-bench-{os.getpid()}"
    if link.tmux:
        conf = home / "tmux.conf"
        conf.write_text(
            'set -g default-terminal "tmux-256color"\nset -ga terminal-features ",*:RGB"\n'
            "set -g status off\nset -sg escape-time 0\n"
        )
        words = [f"{name}={value}" for name, value in environment(home).items() if name != "TERM"]
        inside = shlex.join(["env", *words, *command])
        command = ["tmux", "-L", socket, "-f", str(conf), "new-session", inside]
    terminal = Terminal(
        command, environment(home), bytes_a_second=link.rate, answers=link.answers or link.tmux
    )
    if link.tmux:
        capture = ["tmux", "-L", socket, "capture-pane", "-p"]
        terminal.inside = lambda: (
            subprocess.run(
                capture, capture_output=True, text=True, check=False, env=environment(home)
            ).stdout
        )
    try:
        lab(terminal)
        yield terminal
    finally:
        terminal.close()
        if link.tmux:
            subprocess.run(["tmux", "-L", socket, "kill-server"], check=False)


def begin_run(terminal: Terminal) -> float:
    """Train; returns milliseconds to the first status line."""
    terminal.press("\r")
    return terminal.until(r"step \d+/\d") * 1e3


def echoes(terminal: Terminal) -> list[float]:
    """Move among the knobs while it trains; milliseconds until each move is seen."""
    found = []
    for turn in range(8):
        terminal.pump(0.25)
        sent, before = time.monotonic(), len(terminal.written)
        terminal.press("\x1b[A" if turn % 2 else "\x1b[B")
        while "›".encode() not in terminal.written[before:] and time.monotonic() - sent < 20:
            terminal.pump(0.002)
        found.append((time.monotonic() - sent) * 1e3)
    return found


def test_keys_while_training(home: Path) -> None:
    print("\nkey to echo while training          first line   median    worst   kB/s")
    for number, link in enumerate(LINKS):
        # A home of its own, so that the lesson opens at its beginning.
        own = Path(shutil.copytree(home, home.with_name(f"{home.name}-{number}")))
        with linked(own, link) as terminal, every_core(link.busy):
            first = begin_run(terminal)
            began = time.monotonic()
            found = echoes(terminal)
            ended = time.monotonic()
            rate = terminal.bytes_between(began, ended) / (ended - began) / 1e3
            print(
                f"  {link.name:32} {first:7.0f} ms {statistics.median(found):5.0f} ms "
                f"{max(found):5.0f} ms {rate:6.1f}"
            )


def test_bytes_while_training(home: Path) -> None:
    """Curves alone."""
    print("\nto the terminal while training        kB/s   whole run   largest   memory")
    cases = itertools.product(((80, 24), (140, 40)), ("truecolor", ""))
    for number, (size, colours) in enumerate(cases):
        own = Path(shutil.copytree(home, home.with_name(f"{home.name}-b{number}")))
        command = [sys.executable, "-P", "-m", "tutor", "--lesson", "sgd-and-adam"]
        terminal = Terminal(command, {**environment(own), "COLORTERM": colours}, size)
        lab(terminal)
        pressed = time.monotonic()
        begin_run(terminal)
        terminal.pump(0.5)
        began = time.monotonic()
        terminal.pump(3.0)
        ended = time.monotonic()
        steady = terminal.bytes_between(began, ended) / (ended - began) / 1e3
        terminal.until("done after")
        terminal.pump(1.0)
        frames = terminal.bursts(pressed, time.monotonic())
        print(
            f"  {size[0]}x{size[1]}, {colours or '256 colours':24} {steady:7.1f} "
            f"{sum(frames) / 1e3:8.1f} kB {max(frames) / 1e3:6.1f} kB {terminal.memory():5.0f} MB"
        )
        terminal.close()


def test_pictures_while_training(home: Path) -> None:
    """The playground: a plane with 250 points on it that bends all the time."""
    print("\na picture while training                    kB/s  largest  a second   echo   worst")
    number = 0
    for rate, colours in itertools.product((None, 20e3), ("truecolor", "")):
        for size, view in (((140, 40), ""), ((80, 24), "v")):
            number += 1
            own = Path(shutil.copytree(home, home.with_name(f"{home.name}-{number}")))
            link = f"{rate / 1e3:.0f} kB/s" if rate else "as fast as it goes"
            name = f"{link}, {size[0]}x{size[1]}, {colours or '256 colours'}"
            terminal = playing(own, size, view, rate, colours)
            began, steps = time.monotonic(), set()
            while (ended := time.monotonic()) < began + 5:
                terminal.pump(0.02)
                if found := terminal.shows(r"decision · step (\d+)"):
                    steps.add(found[1])
            spent = terminal.bytes_between(began, ended) / (ended - began) / 1e3
            frames = terminal.bursts(began, ended)
            found = echoes(terminal)
            terminal.close()
            print(
                f"  {name:40} {spent:5.1f} {max(frames) / 1e3:6.1f} kB {len(steps) / 5:8.1f} "
                f"{statistics.median(found):5.0f} ms {max(found):4.0f} ms"
            )


def playing(
    home: Path, size: tuple[int, int], view: str, rate: float | None, colours: str
) -> Terminal:
    """The playground on its two spirals with three hidden layers, training, its picture in view."""
    command = [sys.executable, "-P", "-m", "tutor", "--lesson", "neuron-and-perceptron"]
    terminal = Terminal(command, {**environment(home), "COLORTERM": colours}, size, rate)
    terminal.until("1943")
    terminal.quiet()
    for keys, then in (
        ("/", "esc back"),
        ("two spirals", "Extra: two spirals"),
        ("\r", "The playground(.|\n)*Go on"),
        ("n", "The playground(.|\n)*enter Open"),
        ("\r", "Turn the knobs"),
    ):
        terminal.press(keys)
        terminal.until(then)
        terminal.quiet()
    terminal.press(f"{DOWN * 2}{RIGHT * 3}{DOWN * 5}80\r\r")
    terminal.until(r"step \d+/\d")
    terminal.press(view)
    terminal.until(r"decision · step \d")
    return terminal
