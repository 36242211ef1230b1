"""Damage done to the file for real: kept aside, saved from, reported."""

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
    ("harm", "at_least"), [(empty, 0), (noise, 0), (noise_in_the_middle, 150), (truncated, 0)]
)
def test_a_damaged_file_is_kept_saved_from_and_reported(filled, harm, at_least):
    harm(filled.database)
    damaged = filled.database.read_bytes()
    found, notices = saved(filled)
    assert len(found) >= at_least
    assert len(notices) == 1
    assert "damaged" in notices[0]
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


def test_a_stale_journal_is_not_rolled_back_into_the_new_file(filled):
    journal = filled.database.with_name(filled.database.name + "-journal")
    raw = sqlite3.connect(filled.database, isolation_level=None)
    raw.execute("PRAGMA cache_size = 1")
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("UPDATE facts SET course = 'gone'")
    hot = journal.read_bytes()
    assert len(hot) > 4096
    raw.execute("ROLLBACK")
    raw.close()
    ProgressStore.open(filled).close()
    empty(filled.database)
    journal.write_bytes(hot)
    assert len(saved(filled)[0]) == 200
    assert len(blocks(filled)) == 201


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
