"""Damage done to the file for real: kept aside, saved from, reported."""

import contextlib
import os
import sqlite3

import pytest
from homes import blocks, fact

from tutor.core.errors import TutorError
from tutor.store.progress_db import ProgressStore


def empty(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(os.urandom(path.stat().st_size))


def noise_in_the_middle(path):
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(os.urandom(4096))


def noise_in_two_places(path):
    """On two pages of rows that have many others between them."""
    raw = path.read_bytes()
    leaves = [at for at in range(0, len(raw), 4096) if raw[at] == 0x0D]
    with path.open("r+b") as file:
        for at in (leaves[len(leaves) // 4], leaves[len(leaves) * 3 // 4]):
            file.seek(at)
            file.write(os.urandom(4096))


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def saved(where):
    store = ProgressStore.open(where)
    found = {row.fact.block for row in store.rows("c")}
    notices = store.notices
    store.append("c", fact(10_000))
    store.close()
    return found, notices


@pytest.mark.parametrize(
    ("harm", "words", "at_least"),
    [
        (empty, "it is empty", 0),
        (noise, "it is no database", 0),
        (noise_in_the_middle, "parts of it are damaged", 180),
        (noise_in_two_places, "parts of it are damaged", 160),
        (truncated, "parts of it are damaged", 0),
    ],
)
def test_a_damaged_file_is_kept_saved_from_and_reported(filled, harm, words, at_least):
    harm(filled.database)
    damaged = filled.database.read_bytes()
    found, notices = saved(filled)
    assert len(found) >= at_least
    assert len(notices) == 1
    assert f"damaged ({words})" in notices[0]
    assert f"{len(found)} entries" in notices[0]
    (kept,) = filled.copies.glob("damaged-*.sqlite")
    assert kept.read_bytes() == damaged
    assert str(kept) in notices[0]
    again = ProgressStore.open(filled)
    assert not again.notices, "once is enough"
    assert {row.fact.block for row in again.rows("c")} == found | {"q10000"}
    again.close()


def test_one_page_of_noise_costs_only_what_stood_on_it(filled):
    noise_in_the_middle(filled.database)
    store = ProgressStore.open(filled)
    assert 180 <= len(store.rows("c")) < 200
    assert store.draft("c", "q1") == "half a thou"
    assert store.setting("theme") == "paper"
    store.close()


@pytest.mark.parametrize("harm", [empty, noise, noise_in_the_middle, truncated])
def test_what_the_file_lost_comes_from_the_newest_copy(filled, harm):
    ProgressStore.open(filled).close()
    assert list(filled.copies.glob("progress-*.sqlite"))
    store = ProgressStore.open(filled)
    store.append("c", fact(500))
    store.close()
    harm(filled.database)
    found, notices = saved(filled)
    assert found >= {f"q{i}" for i in range(200)}
    assert "from the newest copy" in notices[0]


def test_a_damaged_copy_is_passed_over(filled):
    ProgressStore.open(filled).close()
    (copy,) = filled.copies.glob("progress-*.sqlite")
    newer = copy.with_name("progress-99991231.sqlite")
    newer.write_bytes(os.urandom(9000))
    empty(filled.database)
    assert len(saved(filled)[0]) == 200


def hot_journal(path):
    """The journal of a write that touches every page, as a power cut would leave it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA cache_size = 1")
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("UPDATE facts SET course = 'gone'")
        hot = path.with_name(path.name + "-journal").read_bytes()
        raw.execute("ROLLBACK")
    assert len(hot) > path.stat().st_size * 0.9
    return hot


def test_a_write_that_was_cut_short_is_undone_and_is_no_damage(filled):
    hot = hot_journal(filled.database)
    noise_in_the_middle(filled.database)
    filled.database.with_name(filled.database.name + "-journal").write_bytes(hot)
    found, notices = saved(filled)
    assert len(found) == 200
    assert not notices


def test_a_stale_journal_is_not_rolled_back_into_the_new_file(filled):
    hot = hot_journal(filled.database)
    store = ProgressStore.open(filled)
    store.append("c", fact(500))
    for copy in filled.copies.iterdir():
        copy.unlink()
    store.close()
    empty(filled.database)
    filled.database.with_name(filled.database.name + "-journal").write_bytes(hot)
    found, _ = saved(filled)
    assert "q500" in found
    assert len(blocks(filled)) == 202
    (kept,) = filled.copies.glob("damaged-*-journal")
    assert kept.read_bytes() == hot


def test_sessions_that_start_at_once_rescue_once(filled, other_process):
    noise_in_the_middle(filled.database)
    script = (
        "print('ready'); sys.stdin.readline()\n"
        "store = ProgressStore.open(where)\n"
        "store.append('c', fact({}))\n"
        "print(len(store.notices))\n"
    )
    sessions = [other_process(script.format(number)) for number in range(500, 504)]
    for each in sessions:
        assert each.stdout.readline() == "ready\n"
    for each in sessions:
        each.stdin.write("\n")
        each.stdin.flush()
    assert sorted(int(each.communicate()[0]) for each in sessions) == [0, 0, 0, 1]
    assert len(list(filled.copies.glob("damaged-*.sqlite"))) == 1
    assert {"q500", "q501", "q502", "q503"} <= set(blocks(filled))


def test_a_session_that_is_open_follows_to_the_rescued_file(filled):
    store = ProgressStore.open(filled)
    store.append("c", fact(500))
    noise(filled.database)
    other = ProgressStore.open(filled)
    assert len(other.notices) == 1
    store.append("c", fact(501))
    assert "q501" in {row.fact.block for row in other.rows("c")}
    assert "q501" in {row.fact.block for row in store.rows("c")}
    store.close()
    other.close()


def test_a_newer_format_is_refused_and_left_as_it_is(filled):
    raw = sqlite3.connect(filled.database)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = filled.database.read_bytes()
    with pytest.raises(TutorError, match="newer") as caught:
        ProgressStore.open(filled)
    assert "DLWALK_HOME" in caught.value.hint
    assert filled.database.read_bytes() == before


def test_a_file_that_is_gone_is_said_while_there_are_copies(filled):
    ProgressStore.open(filled).close()
    filled.database.unlink()
    found, notices = saved(filled)
    assert not found
    assert "begin anew" in notices[0]
    assert str(filled.copies) in notices[0]


def test_three_copies_at_most_one_a_day(filled):
    filled.copies.mkdir(exist_ok=True)
    for day in range(1, 6):
        (filled.copies / f"progress-2020010{day}.sqlite").write_bytes(b"old")
    for _ in range(2):
        ProgressStore.open(filled).close()
    names = sorted(path.name for path in filled.copies.iterdir())
    assert len(names) == 3
    assert names[:2] == ["progress-20200104.sqlite", "progress-20200105.sqlite"]
    raw = sqlite3.connect(filled.copies / names[2])
    assert raw.execute("SELECT count(*) FROM facts").fetchone() == (200,)
    raw.close()
