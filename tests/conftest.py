"""What every test may ask for: a small course, a home of its own, a run that follows a script."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jaxtyping import install_import_hook
from scripts import ScriptedWorker

from tutor.session.tutor import Tutor

# One thread, set before torch is imported: pools of threads fight over the two cores of a CI machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Shapes in the signatures of `models` are checked at every call, whoever imports it first.
install_import_hook("models", "shapes.typechecker")

FIXTURE = Path(__file__).parent / "fixtures" / "course"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: for much of its time the suite waits for terminals and processes."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the fixture course."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "course"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own."""
    path = tmp_path / "home"
    monkeypatch.setenv("DLWALK_HOME", str(path))
    return path


@pytest.fixture
def scripted(course: Path, home: Path) -> Iterator[tuple[Tutor, ScriptedWorker]]:
    """A tutor on the fixture course whose runs follow a script."""
    tutor = Tutor.open(course)
    tutor.trust.grant()
    worker = ScriptedWorker()
    tutor.training.fork = worker.fork  # type: ignore[method-assign]
    tutor.training.warm = worker.warm  # type: ignore[method-assign]
    # What this very machine does at a logout is no part of a test.
    tutor.training._noticed = True
    yield tutor, worker
    tutor.close()
