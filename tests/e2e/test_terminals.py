"""The program on poor, odd and vanishing terminals; each is a real pseudo-terminal."""

import os
import pty
import select
import shutil
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

FIXTURE = Path(__file__).parent.parent / "fixtures" / "course"
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
def start(tmp_path):
    """Start the program; returns its process and the terminal's end that we hold."""
    course = Path(shutil.copytree(FIXTURE, tmp_path / "course"))
    began = []

    def run(*words, **environment):
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (30, 100))
        given = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LC_")},
            "DLWALK_HOME": str(tmp_path / "home"),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            **environment,
        }
        command = [sys.executable, "-P", "-m", "tutor", "--course", str(course), "--trust", *words]
        process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=given, start_new_session=True
        )
        os.close(slave)
        began.append((process, master))
        return process, master

    yield run
    for process, master in began:
        process.kill()
        process.wait()
        os.close(master)


def read(master, until, patience=40):
    """Everything written until a text has come."""
    seen, end = b"", time.monotonic() + patience
    while until not in seen:
        assert time.monotonic() < end, seen.decode(errors="replace")[-2000:]
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 65536)
    return seen


def begun(start, *words, **environment):
    """Past the welcome on such a terminal, then out again by a key; returns what it was sent."""
    process, master = start(*words, **environment)
    seen = read(master, b"Your name")
    os.write(master, b"\x1b")
    seen += read(master, b"Progress")
    os.write(master, b"q")
    seen += read(master, b"\x1b[?1049l")
    assert process.wait(20) == 0
    return seen


def test_a_terminal_that_only_prints_lines_is_refused_with_a_sentence(start):
    process, master = start(TERM="dumb")
    said = read(master, b"Use another terminal")
    assert b"TERM=dumb" in said
    assert process.wait(20) == 2
    assert b"\x1b[?1049h" not in said


@pytest.mark.parametrize(
    ("environment", "has", "has_not"),
    [
        ({}, b"38;2;", b"38;5;"),
        ({"COLORTERM": ""}, b"38;5;", b"38;2;"),
        ({"TERM": "xterm", "COLORTERM": ""}, b"\x1b[", b"38;"),
        ({"NO_COLOR": "1"}, b"\x1b[", b"38;2;254;203;107"),
    ],
    ids=["true colour", "256", "16", "none"],
)
def test_it_lives_with_as_many_colours_as_there_are(start, environment, has, has_not):
    seen = begun(start, **environment)
    assert has in seen
    assert has_not not in seen
    assert b"\x1b[?1003h" in seen, "where nothing is said, there is a mouse"


def test_in_the_c_locale_it_starts(start):
    assert "⠄".encode() in begun(start, LC_ALL="C", LANG="")


def test_the_environment_speaks_for_the_options(start):
    seen = begun(
        start, DLWALK_ASCII="1", DLWALK_NO_MOUSE="1", DLWALK_SLOW_LINK="1", DLWALK_GLYPHS="block"
    )
    assert b"\x1b[?1003h" not in seen, "no mouse"
    assert {char for char in seen.decode() if not char.isascii()} <= set("⠄")


def test_unknown_glyphs_are_a_sentence(start):
    process, master = start(DLWALK_GLYPHS="runes")
    read(master, b"There are no `runes` glyphs")
    assert process.wait(20) == 2
