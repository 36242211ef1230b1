"""Reviews: when what comes back, and what a mis-keyed answer leaves behind."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.facts import Answered, Checked, Reviewed, ReviewUndone, Row
from tutor.core.review import (
    AGAIN,
    DAY,
    GOOD,
    HARD,
    by_day,
    due,
    forecast,
    memories,
    rating,
    strengths,
)


def answered(block, at, row):
    fact = Answered(block=block, answer=0, seed=0, points=1, maximum=1)
    return Row(row, at, "c", fact)


def reviewed(block, at, row, given):
    fact = Reviewed(block=block, rating=given, seed=0, points=1, maximum=1)
    return Row(row, at, "c", fact)


def test_a_block_comes_up_the_day_after_it_was_first_tried():
    rows = [answered("q", 0.0, 1), answered("q", 5.0, 2)]
    found = memories(rows)
    assert due(found, 0.4 * DAY) == []
    assert due(found, 1.0 * DAY) == ["q"]


def test_code_that_never_passed_is_not_reviewed():
    failed = Checked(block="c", run="r", code_hash="", points=0, maximum=1, passed=False)
    assert memories([Row(1, 0.0, "c", failed)]) == {}


def test_what_is_remembered_waits_longer_each_time_and_what_is_forgotten_comes_soon():
    at, row, gaps = 0.0, 1, []
    rows = [answered("q", 0.0, 0)]
    for _ in range(4):
        at += DAY if not gaps else gaps[-1]
        rows.append(reviewed("q", at, row, GOOD))
        row += 1
        gaps.append(memories(rows)["q"].due - at)
    assert gaps == sorted(gaps)
    assert gaps[-1] > 4 * gaps[0]
    rows.append(reviewed("q", at + gaps[-1], row, AGAIN))
    after = memories(rows)["q"]
    assert after.due - (at + gaps[-1]) < gaps[-1] / 4
    assert after.lapses == 1


def test_fsrs_itself_agrees():
    """The same state and retrievability as the library's own, asked directly."""
    from datetime import UTC, datetime

    from fsrs import Card, Rating, Scheduler

    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(card_id=1, due=datetime.fromtimestamp(0, UTC))
    for day, rate in ((1, 3), (4, 2), (9, 1), (10, 3)):
        card, _ = scheduler.review_card(card, Rating(rate), datetime.fromtimestamp(day * DAY, UTC))
    rows = [
        reviewed("q", day * DAY, n, given)
        for n, (day, given) in enumerate(((1, 3), (4, 2), (9, 1), (10, 3)), 1)
    ]
    ours = memories(rows)["q"]
    assert ours.due == card.due.timestamp()
    assert ours.stability == card.stability
    for day in (10, 12, 30):
        theirs = scheduler.get_card_retrievability(card, datetime.fromtimestamp(day * DAY, UTC))
        assert ours.recalled(day * DAY) == pytest.approx(theirs)


histories = st.lists(
    st.tuples(st.sampled_from("ab"), st.floats(0, 1e7), st.integers(1, 4)), max_size=8
)


@given(histories, st.randoms())
def test_the_order_in_which_rows_come_does_not_matter(history, shuffle):
    rows = [reviewed(b, at, n, r) for n, (b, at, r) in enumerate(history, 1)]
    mixed = rows[:]
    shuffle.shuffle(mixed)
    assert memories(mixed) == memories(rows)


@given(histories, st.sampled_from("ab"), st.floats(0, 1e7), st.integers(1, 4))
def test_an_undone_review_leaves_nothing_behind(history, block, at, given_rating):
    rows = [reviewed(b, t, n, r) for n, (b, t, r) in enumerate(history, 1)]
    slip = reviewed(block, at, 50, given_rating)
    undone = Row(51, at + 1, "c", ReviewUndone(row=50))
    assert memories([*rows, slip, undone]) == memories(rows)


@given(histories)
def test_clocks_that_jump_never_break_it(history):
    rows = [reviewed(b, at, n, r) for n, (b, at, r) in enumerate(history, 1)]
    for each in memories(rows).values():
        assert math.isfinite(each.due)
        assert each.last is not None
        assert each.due >= each.last
        assert 0 <= each.recalled(2e7) <= 1


@given(st.lists(st.floats(0, 20 * DAY), max_size=9), st.floats(0, 9 * DAY))
def test_the_days_name_what_the_forecast_counts(times, now):
    found = memories([answered(f"q{i}", at, i) for i, at in enumerate(times)])
    coming = by_day(found, now, 40)
    assert [len(each) for each in coming] == forecast(found, now, 40)
    assert sorted(block for each in coming for block in each) == sorted(found)
    assert set(coming[0]) == set(due(found, now))


@given(st.lists(st.floats(0, 40 * DAY), max_size=20), st.floats(0, 20 * DAY))
def test_every_block_due_within_the_days_is_in_the_forecast_once(times, now):
    found = memories([answered(f"q{n}", at, n + 1) for n, at in enumerate(times)])
    counts = forecast(found, now, 90)
    assert sum(counts) == len(found)
    assert counts[0] >= len(due(found, now))


def test_the_least_surely_remembered_comes_first():
    rows = [reviewed("old", 0.0, 1, GOOD), reviewed("new", 2 * DAY, 2, GOOD)]
    found = memories(rows)
    assert due(found, 30 * DAY) == ["old", "new"]


def test_topics_are_weakest_first():
    rows = [reviewed("a", 0.0, 1, GOOD), reviewed("b", 20 * DAY, 2, GOOD)]
    rows = strengths(memories(rows), {"a": "descent", "b": "kernels"}, 21 * DAY)
    assert [row.topic for row in rows] == ["descent", "kernels"]


@pytest.mark.parametrize(
    ("points", "hints", "expected"), [(2, 0, GOOD), (2, 1, HARD), (1, 0, HARD), (0, 0, AGAIN)]
)
def test_the_rating_follows_from_the_answer(points, hints, expected):
    assert rating(points, 2, hints) == expected
