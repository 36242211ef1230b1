"""A file of three thousand facts, and what 4 KiB of noise anywhere in it may cost."""

import contextlib
import os
import random
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest
from homes import fact, places

from tutor.store.paths import Places
from tutor.store.progress_db import ProgressStore

COUNT, NOISE = 3000, 4096
ALL = {f"q{number}" for number in range(COUNT)}


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without copies, made once and copied for each test."""
    home = places(tmp_path_factory.mktemp("long"))
    ProgressStore.open(home).close()
    with contextlib.closing(sqlite3.connect(home.database)) as raw, raw:
        raw.executemany(
            "INSERT INTO facts (at, course, body) VALUES (?, 'c', ?)",
            [(1.0, msgspec.json.encode(fact(n, "x" * 80)).decode()) for n in range(COUNT)],
        )
        raw.execute("INSERT INTO settings VALUES ('theme', 'paper')")
    return home.database


@pytest.fixture
def home(long_history: Path, where: Places) -> Places:
    where.data.mkdir()
    shutil.copy(long_history, where.database)
    return where


def harm(path: Path, at: int, size: int = NOISE) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(random.Random(at).randbytes(size))


def read(home: Places) -> tuple[list[str], list[str]]:
    store = ProgressStore.open(home)
    try:
        return [row.fact.block for row in store.rows("c")], store.notices
    finally:
        store.close()


def test_a_whole_file_is_read_whole_and_in_order(home):
    found, notices = read(home)
    assert found == [f"q{number}" for number in range(COUNT)]
    assert not notices


@pytest.mark.parametrize("share", [0.02, 0.13, 0.31, 0.5, 0.66, 0.87, 0.98])
@pytest.mark.parametrize("aligned", [True, False], ids=["a page", "two pages"])
def test_noise_costs_what_stood_under_it_and_no_more(home, share, aligned):
    at = int(home.database.stat().st_size * share)
    at = at // NOISE * NOISE if aligned else at // NOISE * NOISE - NOISE // 2
    harm(home.database, at)
    found, notices = read(home)
    assert found == sorted(found, key=lambda block: int(block[1:]))
    assert set(found) <= ALL
    assert len(found) >= COUNT - 120
    assert len(notices) == 1
    assert f"{len(found)} entries" in notices[0]
    assert read(home) == (found, []), "saved once, whole from then on"


@pytest.mark.parametrize("size", [1, 16, 100, NOISE])
def test_a_spoilt_first_page_loses_nothing(home, size):
    harm(home.database, 0, size)
    damaged = home.database.read_bytes()
    found, notices = read(home)
    assert set(found) == ALL
    assert len(notices) == 1
    assert f"{len(found)} entries" in notices[0]
    (kept,) = home.copies.glob("damaged-*.sqlite")
    assert kept.read_bytes() == damaged


@pytest.mark.parametrize("at", [0, 4096])
def test_with_a_copy_even_a_spoilt_beginning_loses_only_what_is_newer(home, at):
    read(home)
    assert list(home.copies.glob("progress-*.sqlite"))
    harm(home.database, at)
    found, notices = read(home)
    assert set(found) == ALL
    assert "copy" in notices[0]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_what_stands_before_a_cut_is_saved(home, share):
    size = int(home.database.stat().st_size * share)
    os.truncate(home.database, size)
    found, notices = read(home)
    assert len(notices) == 1
    assert len(found) >= COUNT * share - 120
