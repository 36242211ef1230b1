"""Facts and their fold."""

from hypothesis import given
from hypothesis import strategies as st

from tutor.core.facts import (
    Answered,
    Checked,
    GaveUp,
    GivenAnswer,
    Hinted,
    Named,
    Placed,
    Predicted,
    Ran,
    Reflected,
    Row,
    SatTest,
)
from tutor.core.lesson import Block, Choice, Lesson, Parameter, Prose, Single
from tutor.core.progress import fold, worth
from tutor.core.standing import standing


def answered(block="q", points=1.0, **rest):
    return Answered(block=block, answer=0, seed=0, points=points, maximum=1.0, **rest)


def ran(run, points=3.0, graded=True, passed=True):
    return Ran(
        block="r",
        run=run,
        knobs={},
        seed=0,
        device="cpu",
        points=points,
        maximum=3.0,
        passed=passed,
        graded=graded,
        reason="done",
    )


def sat(chapter, points):
    given = GivenAnswer(block="a", answer=0, seed=0, points=points, maximum=1.0)
    return SatTest(chapter=chapter, questions=(given,), passing=0.7, version="1")


def rows(*facts):
    return [Row(id=i, at=float(i), course="c", fact=fact) for i, fact in enumerate(facts, 1)]


FACTS = st.one_of(
    st.builds(
        answered, st.sampled_from("ab"), st.sampled_from([0.0, 0.5, 1.0]), fresh=st.booleans()
    ),
    st.builds(ran, st.sampled_from(["x", "y", "z"]), st.sampled_from([0.0, 3.0]), st.booleans()),
    st.builds(Placed, st.sampled_from("lm"), st.integers(0, 9)),
    st.builds(Hinted, st.sampled_from("ab"), st.integers(0, 3)),
    st.builds(GaveUp, st.sampled_from("ab")),
    st.builds(Named, st.text(max_size=3)),
    st.builds(Reflected, st.just("n"), st.text(max_size=3)),
    st.builds(sat, st.sampled_from("cd"), st.sampled_from([0.0, 1.0])),
)


@given(
    st.lists(FACTS, max_size=25).flatmap(lambda f: st.tuples(st.just(f), st.permutations(rows(*f))))
)
def test_the_order_of_arrival_does_not_matter(case):
    facts, shuffled = case
    assert fold(shuffled) == fold(rows(*facts))


@given(st.lists(FACTS, max_size=25))
def test_row_by_row_is_the_same_as_all_at_once_and_twice_is_once(facts):
    progress = fold([])
    best = {}
    for row in rows(*facts):
        progress.add(row)
        progress.add(row)
        for name, record in progress.blocks.items():
            assert (record.best or 0.0) >= best.get(name, 0.0), "what was earned stays"
            best[name] = record.best or 0.0
            assert (record.best or 0.0) <= max(record.maximum, 0.0) or not record.attempts
    assert progress == fold(rows(*facts))


def test_first_best_and_last_are_kept():
    record = fold(rows(answered(points=0.0), answered(points=1.0), answered(points=0.0))).blocks[
        "q"
    ]
    assert (record.first, record.best, record.last, record.attempts) == (0.0, 0.5, 0.0, 3)


def test_a_later_try_earns_half_unless_its_values_are_new():
    assert fold(rows(answered(points=0.0), answered())).blocks["q"].best == 0.5
    fresh = fold(rows(answered(points=0.0, fresh=True), answered(fresh=True)))
    assert fresh.blocks["q"].best == 1.0


def test_a_give_up_ends_the_points_and_takes_none_away():
    assert fold(rows(GaveUp("q"), answered())).blocks["q"].best == 0.0
    kept = fold(rows(answered(), GaveUp("q"))).blocks["q"]
    assert (kept.best, kept.passed) == (1.0, True)


def test_practice_is_no_attempt_and_a_run_counts_once():
    practice = fold(rows(ran("x", graded=False), ran("y")))
    assert (practice.blocks["r"].attempts, practice.blocks["r"].first) == (1, 3.0)
    assert practice.runs_graded == {"x", "y"}
    assert fold(rows(ran("x", graded=False))).blocks["r"].best is None
    twice = fold(rows(ran("x"), ran("x")))
    assert twice.blocks["r"].attempts == 1


def test_a_bet_counts_once():
    bets = [Predicted(block="p", choice=i, points=float(i), maximum=1.0) for i in (0, 1)]
    record = fold(rows(*bets)).blocks["p"]
    assert (record.best, record.last_answer, record.attempts) == (0.0, 0, 1)


def test_a_checked_file_keeps_its_best():
    facts = [
        Checked(block="k", run=str(i), code_hash="", points=p, maximum=4.0, passed=p == 4)
        for i, p in enumerate((2.0, 4.0, 1.0))
    ]
    record = fold(rows(*facts)).blocks["k"]
    assert (record.first, record.best, record.last, record.passed) == (2.0, 4.0, 1.0, True)


QUESTION = Single(
    id="q", prompt="?", choice=(Choice(text="a", why="w", correct=True), Choice(text="b", why="w"))
)
LESSON = Lesson(
    id="l",
    title="L",
    minutes=10,
    blocks=(Block(Prose(()), 1), Block(QUESTION, 2), Block(Prose(()), 3)),
    folder="l",
)


def test_standing_shrinks_what_is_left():
    before = standing(LESSON, fold([]))
    assert (before.points, before.maximum, before.passed, before.minutes_left) == (0, 1, False, 10)
    after = standing(LESSON, fold(rows(Placed("l", 2), answered())))
    assert (after.points, after.passed, after.done_blocks, after.minutes_left) == (1, True, 1, 0)


def test_the_price_of_a_try_is_known_beforehand():
    assert worth(QUESTION, None) == 1
    assert worth(QUESTION, fold(rows(answered())).blocks["q"]) == 0.5
    assert worth(QUESTION, fold(rows(GaveUp("q"))).blocks["q"]) == 0
    drawn = Single(
        id="q", prompt="?", choice=QUESTION.choice, params={"n": Parameter(choose=(1, 2))}
    )
    assert worth(drawn, fold(rows(answered(fresh=True))).blocks["q"]) == 1
