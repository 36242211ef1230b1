"""Homes for stores, and other processes that write into them."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from homes import ROOT, ProgressStore, fact, places

from tutor.store.paths import Places


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return places(tmp_path / "a home? 100%#")


@pytest.fixture
def store(where: Places) -> Iterator[ProgressStore]:
    store = ProgressStore.open(where)
    yield store
    store.close()


@pytest.fixture
def filled(where: Places) -> Places:
    """A home with two hundred facts over many pages, a draft and a setting, and no copy."""
    ProgressStore.open(where).close()
    with contextlib.closing(sqlite3.connect(where.database)) as raw, raw:
        raw.executemany(
            "INSERT INTO facts (at, course, body) VALUES (?, ?, ?)",
            [(1.0, "c", msgspec.json.encode(fact(n, "x" * 300)).decode()) for n in range(200)],
        )
    store = ProgressStore.open(where)
    store.save_draft("c", "q1", "half a thou")
    store.set_setting("theme", "paper")
    store.close()
    for copy in where.copies.glob("*"):
        copy.unlink()
    return where


@pytest.fixture
def other_process(where: Places) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Start a Python that has `where`, `fact` and ProgressStore, and runs the script."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str) -> "subprocess.Popen[str]":
        head = (
            "import sys; sys.path[:0] = sys.argv[2:]\n"
            "from pathlib import Path\n"
            "from homes import ProgressStore, fact, places\n"
            "where = places(Path(sys.argv[1]))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", head + script, where.data, str(ROOT), str(ROOT / "tests/store")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
