"""`dlwalk-tutor sweep`: a real sweep, its table, what it refuses, and going on with one."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tutor.cli.app import app
from tutor.cli.sweep import sweep
from tutor.core.errors import TutorError
from tutor.session.tutor import Tutor
from tutor.store.runs import run_folders

assert sweep, "importing it registers the command"


@pytest.fixture
def shell(course, home, capsys):
    """The command on a copy of the small course: exit code, output, and what was said beside it."""
    capsys.readouterr()

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = app(["--course", str(course), "--trust", *words], standalone_mode=False)
        except TutorError as error:
            told = capsys.readouterr()
            return 2, told.out, f"{told.err}{error}"
        return code or 0, *capsys.readouterr()

    return call


@pytest.fixture
def dlwalk(course, home):
    """The command in a process of its own, with a real worker."""

    def run(*words, wait=True):
        command = [sys.executable, "-P", "-m", "tutor", "--course", str(course), "--trust", *words]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        if wait:
            return subprocess.run(
                command, capture_output=True, text=True, timeout=100, check=False, env=environment
            )
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    return run


@pytest.mark.timeout(120)
def test_a_sweep_from_first_to_last(dlwalk, course):
    done = dlwalk(
        *("sweep", "one.run", "--grid", "learning_rate=0.01,0.5,2.5", "--set", "steps=20")
    )
    told, said = done.stdout, done.stderr
    assert done.returncode == 0, said
    head = said.splitlines()
    name = re.match(r"Sweep (\w{4}): 3 runs, \d+ at a time; the first will tell", head[0])[1]
    assert head[1] == "In all of them: steps 20."
    assert sum(line.startswith(("✓", "✗")) for line in head) == 3
    rows = told.splitlines()
    assert rows[0].split() == ["learning_rate", "valid/loss", "outcome", "seconds"]
    assert ["✓ passed" in row for row in rows[1:4]] == [False, True, False]
    assert rows[2].startswith("* 0.5")
    assert "valid/loss (up) by learning_rate (across), 3 runs" in told
    assert "Best: learning_rate 0.5, with valid/loss" in told
    # Each is a run like any other, tagged, and none is graded.
    tutor = Tutor.open(course)
    entries = tutor.ledger.entries()
    assert {entry.tags for entry in entries} == {(f"sweep:{name}",)}
    assert tutor.progress.blocks["one.run"].attempts == 0
    tutor.close()
    # Nothing is left to do, so that going on with it trains nothing and tells the same.
    again = dlwalk("sweep", "--resume", "last", "--json")
    found = json.loads(again.stdout)
    assert (found["sweep"], found["best"]["knobs"]) == (name, {"learning_rate": 0.5})
    assert [each["outcome"] for each in found["results"]] == ["failed", "passed", "failed"]
    assert len(run_folders(tutor.places)) == 3


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("one.run", "--grid", "speed=1"), "no knob `speed`"),
        (("one.run", "--range", "learning_rate=1e-9:1:3"), "out of range"),
        (("one.run", "--seeds", "99"), "a sweep has 64 at most"),
        (("one.run", "--metric", "f1"), "no series `f1`"),
        (("one.run", "--set", "learning_rate"), "is no setting"),
        (("one.step",), "is code to write"),
        (("nowhere",), "no exercise `nowhere`"),
        (("--resume", "dead"), "no sweep `dead`"),
    ],
)
def test_what_it_refuses_is_a_sentence_and_nothing_is_begun(shell, course, words, title):
    code, told, said = shell("sweep", *words)
    assert (code, told) == (2, "")
    assert title in said
    tutor = Tutor.open(course)
    assert tutor.sweeping.kept() == []
    assert run_folders(tutor.places) == []
    tutor.close()


@pytest.mark.timeout(120)
def test_interrupted_it_leaves_what_trains_and_going_on_does_the_rest(dlwalk, course):
    bowl = course / "one" / "bowl.py"
    slow = bowl.read_text().replace("        w -=", "        time.sleep(0.05)\n        w -=")
    bowl.write_text(slow.replace("from collections", "import time\nfrom collections", 1))
    words = ("sweep", "one.run", "--random", "3", "--at-a-time", "1")
    with dlwalk(*words, wait=False) as process:
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith(("✓", "✗")):
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
                break
        said = "".join(said) + process.stderr.read()
        assert process.wait() == 130, said
    assert "1 run goes on without you" in said
    name = re.search(r"sweep --resume (\w{4})", said)[1]
    done = dlwalk("sweep", "--resume", name)
    assert done.returncode == 0, done.stderr
    # On a busy machine the second may have begun before the interrupt came.
    assert re.search(r"[12] of 3 done; \d runs?, 1 at a time", done.stderr)
    assert len(done.stdout.splitlines()) > 4
    tutor = Tutor.open(course)
    assert len(run_folders(tutor.places)) == 3, "the one that trained on was taken up"
    tutor.close()
