"""Runs on a disk that is really full: a file system of a few hundred kilobytes, of their own."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests_runner import only, run_request, write

import tutor
from tutor.core.protocol import CheckpointSaved, Failed, Finished, Hello, Readings, encode
from tutor.runner.exits import DISK_FULL, explain
from tutor.runner.follow import ending
from tutor.runner.record import Reader
from tutor.worker import checkpoints

RESUMABLE = Path(__file__).parent / "resumable.py"
MOUNT = 'mount -t tmpfs -o size="$1" none "$2"'


def may_mount(folder):
    """Whether this user may have a file system of his own."""
    if not shutil.which("unshare"):
        return False
    command = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", "64k", str(folder)]
    return not subprocess.run(command, capture_output=True, check=False).returncode


@pytest.fixture
def trained(tmp_path):
    """Trains on a disk of so many kilobytes; returns the exit code and a copy of the folder."""
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    if not may_mount(disk):
        pytest.skip("no file system can be mounted here without rights")

    def train(kilobytes, function, knobs, prepare=""):
        request = tmp_path / "given"
        request.mkdir()
        made = run_request(request, function, knobs, seconds=60.0)
        write(request, replace(made, entry=f"{RESUMABLE}:{function}"))
        script = f'{MOUNT} && cp -r "$3" "$2/run" && cd "$2" && {prepare}'
        script += '"$5" -P -m tutor.worker --run "$2/run"; code=$?; cp -r "$2/run" "$4"; exit $code'
        home = str(Path(tutor.__file__).parent.parent)
        command = ["unshare", "-rm", "sh", "-c", script, "sh", f"{kilobytes}k"]
        ended = subprocess.run(
            [*command, str(disk), str(request), str(kept), sys.executable],
            env={**os.environ, "PYTHONPATH": home, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            check=False,
        )
        return ended.returncode, kept

    return train


def test_training_goes_on_where_a_checkpoint_finds_no_room(trained):
    code, folder = trained(165, "digits", {"epochs": 1})
    events = list(Reader(folder).read())
    assert code == 0
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "done"
    saved = only(CheckpointSaved, events)
    assert 0 < len(saved) < events[-1].step
    log = (folder / "log.txt").read_text()
    assert log == "No checkpoint could be written: No space left on device.\n"
    assert checkpoints.newest(folder).step == saved[-1].step


def test_where_the_record_itself_finds_none_it_says_so_and_what_is_kept(trained):
    code, folder = trained(300, "digits", {"epochs": 100_000})
    reader = Reader(folder)
    events = list(reader.read())
    assert code == 1
    assert isinstance(events[-1], Failed)
    assert events[-1].title == "The disk is full."
    kept = checkpoints.newest(folder).step
    assert f"Its last checkpoint is of step {kept}." in events[-1].hint
    # It trained on after the last one that found room.
    assert kept < events[-1].step
    assert only(Readings, events)[-1].step[-1] >= kept
    assert reader.damaged <= 1
    assert not (folder / "reserve").exists()


def test_where_not_even_a_word_finds_room_the_exit_code_says_it(trained):
    # Filled up before it begins, so that nothing can be kept free for its last word.
    code, folder = trained(64, "digits", {}, "(cat /dev/zero > fill || true) 2>/dev/null; ")
    assert code == DISK_FULL
    assert not list(Reader(folder).read())
    assert explain(code).title == "The disk is full."


async def test_where_nobody_could_write_the_exit_code_the_disk_is_asked(folder, monkeypatch):
    # Of a run that is long gone, as far as anybody can tell.
    gone = Hello(1, 0, socket.gethostname(), "none", 0, "cpu", "2", 0.0)
    (folder / "events.jsonl").write_bytes(encode(gone) + b"\n")
    run_request(folder, "normal")
    assert "nobody saw it end" in ending(folder).exit.title
    real = os.statvfs(folder)
    monkeypatch.setattr("os.statvfs", lambda _: os.statvfs_result([*real[:4], 0, *real[5:]]))
    assert ending(folder).exit.title == "The disk is full."
