"""Where nothing can be written: kept in memory, said once, written as soon as it can be."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from homes import blocks, fact

from tutor.core.progress import fold
from tutor.store.paths import places
from tutor.store.progress_db import ProgressStore

NOBODY = 65534


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Permissions bind: where tests run as root, act as nobody meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def names(store: ProgressStore) -> list[str]:
    return [row.fact.block for row in store.rows("c")]


def test_a_file_stands_where_the_home_should_be(where):
    where.data.write_text("in the way")
    store = ProgressStore.open(where)
    rows = [store.append("c", fact(number)) for number in range(3)]
    store.set_setting("theme", "paper")
    assert len({row.id for row in rows}) == 3
    assert store.read_only
    assert len(store.notices) == 1
    assert "DLWALK_HOME" in store.notices[0]
    assert names(store) == ["q0", "q1", "q2"]
    assert store.setting("theme") == "paper"
    where.data.unlink()
    last = store.append("c", fact(3))
    assert not store.read_only
    assert last.id == 4
    assert blocks(where) == ["q0", "q1", "q2", "q3"]
    assert store.setting("theme") == "paper"
    store.close()


def test_progress_is_the_same_in_memory_and_after_it_is_written(store, where):
    progress = fold([])
    progress.add(store.append("c", fact(0)))
    home = where.data.rename(where.data.with_name("away"))
    for number in (1, 2, 3):
        progress.add(store.append("c", fact(number)))
    assert len(store.notices) == 1
    assert not where.data.exists(), "a home that vanished is not made anew"
    home.rename(where.data)
    progress.add(store.append("c", fact(4)))
    assert sorted(progress.blocks) == ["q0", "q1", "q2", "q3", "q4"]
    assert progress == fold(store.rows("c"))
    assert not store.renumbered


def test_facts_kept_in_memory_give_way_to_those_that_others_wrote(store, where):
    store.append("c", fact(0))
    other = ProgressStore.open(where)
    blocker = sqlite3.connect(where.database, isolation_level=None)
    store._connection.execute("PRAGMA busy_timeout = 0")
    blocker.execute("BEGIN IMMEDIATE")
    store.append("c", fact(1))
    assert store.read_only
    blocker.execute("ROLLBACK")
    blocker.close()
    other.append("c", fact(2))
    store.append("c", fact(3))
    assert store.renumbered, "a fold over the ids handed out must begin anew"
    assert names(store) == names(other) == ["q0", "q2", "q1", "q3"]
    other.close()


def test_a_home_that_may_only_be_read():
    base = Path(tempfile.mkdtemp())
    where = places(base / "home")
    try:
        store = ProgressStore.open(where)
        store.append("c", fact(0))
        store.save_draft("c", "q0", "begun")
        store.close()
        base.chmod(0o755)
        where.data.chmod(0o555)
        where.database.chmod(0o444)
        (where.data / "progress.lock").chmod(0o444)
        with without_privileges():
            store = ProgressStore.open(where)
            assert names(store) == ["q0"]
            assert store.draft("c", "q0") == "begun"
            store.append("c", fact(1))
            store.save_draft("c", "q0", "begun and")
            assert names(store) == ["q0", "q1"]
            assert store.draft("c", "q0") == "begun and"
            assert len(store.notices) == 1
        where.data.chmod(0o755)
        where.database.chmod(0o644)
        (where.data / "progress.lock").chmod(0o644)
        store.append("c", fact(2))
        assert not store.read_only
        store.close()
        assert blocks(where) == ["q0", "q1", "q2"]
    finally:
        shutil.rmtree(base)


def test_what_waits_is_written_at_the_end(store, where):
    store.append("c", fact(0))
    home = where.data.rename(where.data.with_name("away"))
    store.append("c", fact(1))
    home.rename(where.data)
    store.close()
    assert blocks(where) == ["q0", "q1"]


def test_a_full_disk(filled, other_process):
    script = (
        "import resource\n"
        "store = ProgressStore.open(where)\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "size = where.database.stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))\n"
        "for i in range(3): store.append('c', fact(500 + i, 'x' * 9000))\n"
        "print(len(store.notices), store.read_only, len(store.rows('c')))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "store.append('c', fact(503))\n"
        "print(store.read_only, len(store.rows('c')))\n"
    )
    assert other_process(script).communicate()[0] == "1 True 203\nFalse 204\n"
    assert blocks(filled)[-4:] == ["q500", "q501", "q502", "q503"]


def test_a_disk_that_is_full_from_the_start(where, other_process):
    script = (
        "import resource\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))\n"
        "store = ProgressStore.open(where)\n"
        "store.append('c', fact(1))\n"
        "print(len(store.notices), store.read_only, where.database.exists())\n"
        "store.close()\n"
    )
    assert other_process(script).communicate()[0] == "1 True False\n"
    store = ProgressStore.open(where)
    assert not store.notices, "nothing half-made was left behind"
    store.close()
