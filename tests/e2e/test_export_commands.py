"""A run told to TensorBoard while it trains, by the real program."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("tensorboard", reason="the extra `tensorboard` is not installed")

FIXTURE = Path(__file__).parent.parent / "fixtures" / "course"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def start(tmp_path):
    """Start a command on a copy of the small course, each of whose steps takes its time."""
    course = Path(shutil.copytree(FIXTURE, tmp_path / "course"))
    bowl = course / "one" / "bowl.py"
    text = bowl.read_text().replace(
        "        w -=", "        __import__('time').sleep(0.2)\n        w -="
    )
    bowl.write_text(text)
    environment = {
        **os.environ,
        "DLWALK_HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }

    def begin(*words):
        command = [sys.executable, "-P", "-m", "tutor", "--course", str(course), "--trust", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True
        )

    return begin


def test_what_was_told_is_whole_when_the_run_is_left(start, tmp_path):
    """Ctrl+C leaves the run to itself."""
    process = start("train", "one.run", "--tensorboard", "tb")
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 800 for path in (tmp_path / "tb").glob("*/*")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "The run goes on without you." in said
    assert "TensorBoard: tb" in said
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (folder,) = (tmp_path / "tb").iterdir()
    found = EventAccumulator(str(folder)).Reload()
    assert found.Scalars("train/loss")[0].step == 1
    assert "_hparams_/session_end_info" not in found.Tags()["tensors"]
    stopping = start("stop", folder.name)
    stopping.communicate(timeout=30)
    assert stopping.returncode == 0
