"""What the tutor's side knows without a run: exits, liveness, half-written records."""

import fcntl
import os
import re
import signal
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from tests_runner import run_request

from tutor.core.protocol import PROTOCOL, Finished, Hello, Readings, decode_command, encode
from tutor.runner import stuck
from tutor.runner.control import send
from tutor.runner.exits import explain
from tutor.runner.follow import Damage, Gone, follow
from tutor.runner.liveness import state
from tutor.runner.record import Reader


@given(st.none() | st.integers(-64, 255))
def test_every_code_has_a_sentence_and_a_remedy(code):
    told = explain(code)
    assert told.title.endswith(".")
    assert told.hint.endswith(".")


def test_memory_is_a_cause_only_where_the_log_says_so():
    assert "memory" not in explain(-signal.SIGKILL).title
    assert "memory" in explain(1, "DefaultCPUAllocator: can't allocate memory").title


STACK = """Timeout (0:00:01)!
Thread 0x01 (most recent call first):
  File "/opt/lessons/other.py", line 1 in another_thread

Thread 0x02 (most recent call first):
  File "{library}/re/__init__.py", line 166 in match
  File "/env/lib/python3.11/site-packages/torch/nn/module.py", line 9 in __call__
  File "/opt/a/bo\x1b[2Jwl.py", line 12 in train
  File "{ours}/worker/driving.py", line 7 in loop
"""


def test_the_place_is_the_innermost_line_of_the_exercise():
    text = STACK.format(library=stuck.LIBRARY, ours=stuck.OURS)
    place = stuck.place_in(text)
    assert re.fullmatch(r"`bo.*wl\.py`, line 12, in train", place)
    assert "\x1b" not in place
    assert "line 166, in match" in stuck.place_in(text, own_only=False)
    assert stuck.place_in("nothing of the kind") == ""
    installed = '  File "/env/lib/python3.11/site-packages/models/lenet.py", line 3 in train'
    assert "lenet.py" in stuck.place_in(f"Thread 1:\n{installed}\n")


def test_a_lock_held_elsewhere_is_a_live_run_and_a_free_one_is_not(folder):
    run_request(folder, "normal")
    hold = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert state(folder) == "live"
        assert state(folder) == "live"
        holder.communicate()
    (folder / "exit").write_text("0\n")
    assert state(folder) == "dead"


def test_probing_never_keeps_a_lock(folder):
    run_request(folder, "normal")
    (folder / "lock").touch()
    state(folder)
    pid = os.fork()
    if pid == 0:
        with (folder / "lock").open("w") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_run_of_another_host_is_there_and_not_dead(folder):
    (folder / "lock").touch()
    hello = Hello(PROTOCOL, 1, "gpu-node-7", "b", 1, "cpu", "2", 0.0)
    (folder / "events.jsonl").write_bytes(encode(hello) + b"\n")
    assert state(folder) == "elsewhere:gpu-node-7"


def test_half_a_line_waits_for_its_other_half(folder):
    line = encode(Readings([1], {"a": [1.0]}, 0.1)) + b"\n"
    path = folder / "events.jsonl"
    reader = Reader(folder)
    path.write_bytes(line[:10])
    assert list(reader.read()) == []
    path.write_bytes(line)
    assert len(list(reader.read())) == 1
    assert reader.damaged == 0


async def test_a_record_cut_off_by_death_is_damage_and_then_gone(folder):
    run_request(folder, "normal")
    line = encode(Readings([1], {"a": [1.0]}, 0.1)) + b"\n"
    (folder / "events.jsonl").write_bytes(line + line[:10])
    (folder / "exit").write_text("-9\n")
    events = [event async for event in follow(folder)]
    assert [type(event) for event in events] == [Readings, Damage, Gone]
    assert not any(isinstance(event, Finished) for event in events)


def test_commands_are_whole_lines(folder):
    first, second = send(folder, "pause"), send(folder, "set", "lr", 0.1)
    lines = (folder / "control.jsonl").read_bytes().splitlines()
    assert [decode_command(line).id for line in lines] == [first, second]
