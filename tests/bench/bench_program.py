"""Budgets of the whole program, printed as figures: start, memory, keys, bytes.

Run by hand: `python -m pytest -m bench -s tests/bench`.
"""

import os
import statistics
import sys
import time
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

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


def tutor(home: Path, *words: str, bytes_a_second: float | None = None) -> Terminal:
    command = [sys.executable, "-P", "-m", "tutor", *words]
    return Terminal(command, environment(home), bytes_a_second=bytes_a_second)


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
        terminal.pump(1.0)
        terminal.press(keys)
    terminal.until("train")
    terminal.pump(6.0)


@pytest.mark.parametrize("rate", [None, 20_000.0])
def test_keys_and_bytes_while_training(home: Path, rate: float | None) -> None:
    terminal = tutor(home, "--lesson", "sgd-and-adam", bytes_a_second=rate)
    lab(terminal)
    terminal.press("\r")
    pressed = time.monotonic()
    terminal.until("step ")
    first = time.monotonic() - pressed
    begin = time.monotonic()
    echoes = []
    for _ in range(8):
        terminal.pump(0.25)
        sent = time.monotonic()
        terminal.press("\x1b[B")
        before = len(terminal.written)
        while len(terminal.written) == before and time.monotonic() - sent < 2:
            terminal.pump(0.002)
        echoes.append((time.monotonic() - sent) * 1e3)
    end = time.monotonic()
    sent_bytes = terminal.bytes_between(begin, end)
    link = "unlimited" if rate is None else f"{rate / 1e3:.0f} kB/s"
    print(f"\nlink {link}: enter to the first status line {first * 1e3:.0f} ms")
    print(f"  key to echo: median {statistics.median(echoes):.0f} ms, worst {max(echoes):.0f} ms")
    print(f"  to the terminal: {sent_bytes / (end - begin) / 1e3:.1f} kB/s")
    print(f"  memory of the UI: {terminal.memory():.0f} MB")
    terminal.close()
