"""Facts, drafts and settings, with other sessions at work and sessions that are killed."""

import random
import sqlite3

import pytest
from homes import blocks, fact

from tutor.core.errors import TutorError
from tutor.core.facts import Named
from tutor.store.progress_db import ProgressStore


def test_what_was_written_is_there_at_the_next_start(store, where):
    first, second = store.append("c", fact(1)), store.append("c", fact(2))
    store.append("elsewhere", fact(3))
    store.close()
    again = ProgressStore.open(where)
    assert again.rows("c") == [first, second]
    assert again.rows_after("c", first.id) == [second]
    assert not again.notices
    again.close()


def test_what_another_session_writes_is_seen(store, where):
    other = ProgressStore.open(where)
    mine = store.append("c", fact(1))
    theirs = other.append("c", fact(2))
    assert theirs.id > mine.id
    assert store.rows_after("c", mine.id) == [theirs]
    other.close()


def test_drafts_and_settings_are_kept_and_replaced(store, where):
    assert store.draft("c", "q1") is None
    store.save_draft("c", "q1", "a")
    store.save_draft("c", "q1", "ab \ud800")
    store.save_draft("d", "q1", "other course")
    store.set_setting("theme", "paper")
    store.close()
    again = ProgressStore.open(where)
    assert again.draft("c", "q1") == "ab ?"
    assert (again.draft("d", "q1"), again.setting("theme")) == ("other course", "paper")
    again.close()


def test_a_fact_of_a_later_version_stays_in_the_file_unread(store, where):
    store.append("c", fact(1))
    with sqlite3.connect(where.database) as raw:
        raw.execute("INSERT INTO facts (at, course, body) VALUES (1, 'c', '{\"type\": \"New\"}')")
    raw.close()
    store.append("c", fact(2))
    assert [row.fact.block for row in store.rows("c")] == ["q1", "q2"]
    with sqlite3.connect(where.database) as raw:
        assert raw.execute("SELECT count(*) FROM facts").fetchone() == (3,)
    raw.close()


def test_text_that_no_file_can_hold_is_refused_and_harms_nothing(store):
    with pytest.raises(TutorError):
        store.append("c", Named("\ud800"))
    assert store.append("c", fact(1)).id == 1
    assert not store.notices


def test_every_write_reaches_the_disk_and_needs_no_shared_memory(store, where):
    store.append("c", fact(1))
    connection = store._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert not list(where.data.glob("*-wal"))


def test_two_processes_write_at_once_from_the_very_first_start(where, other_process):
    script = (
        "print('ready'); sys.stdin.readline()\n"
        "store = ProgressStore.open(where)\n"
        "import time\n"
        # SQLite queues nobody: a loop without a pause would lock out the other for seconds.
        "for i in range(200): store.append('c', fact({} + i)); time.sleep(0.01)\n"
        "print(store.notices, store.read_only)\n"
    )
    both = [other_process(script.format(start)) for start in (0, 1000)]
    for each in both:
        assert each.stdout.readline() == "ready\n"
    for each in both:
        each.stdin.write("\n")
        each.stdin.flush()
    assert [each.communicate()[0] for each in both] == ["[] False\n"] * 2
    expected = {f"q{start + i}" for start in (0, 1000) for i in range(200)}
    found = blocks(where)
    assert set(found) == expected
    assert len(found) == 400


def test_a_session_killed_in_mid_write_loses_nothing_it_acknowledged(where, other_process):
    script = (
        "store = ProgressStore.open(where)\n"
        "i = {}\n"
        "while True: store.append('c', fact(i, 'x' * 5000)); print(i); i += 1\n"
    )
    draw, acknowledged = random.Random(0), set()
    for start in range(0, 6000, 1000):
        writer = other_process(script.format(start))
        for _ in range(draw.randint(1, 60)):
            acknowledged.add(f"q{int(writer.stdout.readline())}")
        writer.kill()
        rest = writer.communicate()[0].split("\n")[:-1]
        acknowledged.update(f"q{int(line)}" for line in rest)
        store = ProgressStore.open(where)
        assert not store.notices
        assert acknowledged <= {row.fact.block for row in store.rows("c")}
        store.close()
