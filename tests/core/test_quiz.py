"""Judging answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.core.answers import right_answers, solve, wrong_answers
from tutor.core.errors import TutorError
from tutor.core.lesson import (
    Blank,
    Choice,
    Match,
    Multiple,
    Number,
    Order,
    Output,
    Parameter,
    Shape,
    Single,
    TextAnswer,
    WrongAnswer,
)
from tutor.core.quiz import ask, fill, grade, normalised, read_number, read_shape


def choices(*right):
    return tuple(Choice(text=f"c{i}", why=f"w{i}", correct=r) for i, r in enumerate(right))


SINGLE = Single(id="q", prompt="?", choice=choices(True, False, False))
MULTIPLE = Multiple(id="q", prompt="?", points=3, choice=choices(True, True, False, False))
NUMBER = Number(
    id="q",
    prompt="{{n}} times two?",
    answer="2*n",
    tolerance=0.01,
    unit="C",
    why="double {{n}}",
    params={"n": Parameter(choose=(2, 3, 5))},
    wrong=(WrongAnswer(value="n**3", why="that is the cube"),),
)
TEXT = TextAnswer(
    id="q",
    prompt="?",
    accept=("learning rate", "step size"),
    why="it scales",
    wrong=(WrongAnswer(value="gradient", why="that is the direction"),),
)
OUTPUT = Output(id="q", prompt="?", snippet="s.py", accept=("[1, 2]\n3",), why="y")
ORDER = Order(id="q", prompt="?", items=("zero", "forward", "backward", "step"), points=6, why="y")
MATCH = Match(id="q", prompt="?", pairs=(("a", "1"), ("b", "2"), ("c", "3")), points=3, why="y")
SHAPE = Shape(id="q", prompt="?", answer="(B, 16, 13, 13)", why="y")
BLANK = Blank(
    id="q",
    prompt="?",
    text="{{1}} + {{2}}",
    accept={"1": ("a", "x"), "2": ("b",)},
    points=2,
    why="y",
)
ALL = (SINGLE, MULTIPLE, NUMBER, TEXT, OUTPUT, ORDER, MATCH, SHAPE, BLANK)


@pytest.mark.parametrize("question", ALL, ids=lambda q: type(q).__name__)
@given(seed=st.integers(0, 1000))
def test_each_question_accepts_its_own_answers_and_refuses_its_wrong_ones(question, seed):
    asked = ask(question, seed)
    for right in right_answers(asked):
        verdict = grade(asked, right)
        assert verdict.passed
        assert verdict.points == verdict.maximum == question.points
    for wrong in wrong_answers(asked):
        assert not grade(asked, wrong).passed
    assert solve(asked).points == 0
    assert solve(asked).answer


ANSWERS = st.one_of(
    st.integers(-3, 9),
    st.text(),
    st.lists(st.integers(-2, 6)).map(tuple),
    st.lists(st.text()).map(tuple),
)


@given(st.sampled_from(ALL), st.integers(0, 99), ANSWERS)
def test_no_answer_breaks_a_grader_or_leaves_the_bounds(question, seed, answer):
    asked = ask(question, seed)
    try:
        verdict = grade(asked, answer)
    except TutorError:
        return
    assert 0 <= verdict.points <= verdict.maximum
    assert verdict.passed == (verdict.points == verdict.maximum)


def test_multiple_earns_right_minus_wrong():
    asked = ask(MULTIPLE, 0)
    points = {answer: grade(asked, answer).points for answer in [(), (0,), (0, 1), (0, 1, 2), (2,)]}
    assert points == {(): 0, (0,): 1.5, (0, 1): 3, (0, 1, 2): 1.5, (2,): 0}
    assert grade(asked, (0, 1, 2, 3)).points == 0, "choosing everything earns nothing"


@pytest.mark.parametrize(
    "typed", ["0.001", "1e-3", "1E-3", ".001", "1/1000", " 0.001 ", "+0.001", "0.001 C", "1 / 1000"]
)
def test_numbers_as_people_type_them(typed):
    assert read_number(typed, "C") == pytest.approx(0.001)


def test_a_unicode_minus_is_a_minus():
    assert read_number("−2.5") == -2.5


def test_a_comma_decimal_is_refused_with_the_right_form():
    with pytest.raises(TutorError, match=r"0\.5"):
        read_number("0,5")


@pytest.mark.parametrize(
    "typed", ["", "abc", "1/0", "1..2", "nan", "inf", "1e999", "0x10", "1/2/3"]
)
def test_what_is_no_number(typed):
    with pytest.raises(TutorError):
        read_number(typed)


def test_parameters_fill_prompt_and_reason_and_named_mistakes_have_their_own():
    asked = ask(NUMBER, 1)
    n = asked.values["n"]
    assert asked.prompt == f"{n:g} times two?"
    assert grade(asked, str(2 * n)).why == (f"double {n:g}",)
    assert grade(asked, str(n**3)).why == ("that is the cube",)
    assert fill(r"\frac{1}{{n}}", {"m": 1.0}) == r"\frac{1}{{n}}"


def test_text_is_compared_without_what_does_not_count():
    asked = ask(TEXT, 0)
    for typed in ("Learning  Rate", "“learning-rate”.", "step size"):
        assert grade(asked, typed).passed, typed
    assert grade(asked, "Gradient").why == ("that is the direction",)
    assert normalised("Ｌearning‑rate") == "learning rate"


def test_printed_output_counts_lines():
    asked = ask(OUTPUT, 0)
    assert grade(asked, "[1, 2]  \n3\n").passed
    assert not grade(asked, "[1, 2] 3").passed


def test_order_earns_by_pairs():
    asked = ask(ORDER, 4)
    right = right_answers(asked)[0]
    swapped = (right[1], right[0], *right[2:])
    assert grade(asked, swapped).points == 5, "one of six pairs is wrong"
    assert grade(asked, right[::-1]).points == 0
    assert asked.order != tuple(range(4)), "it is never shown in the right order"


def test_shapes_are_symbols():
    asked = ask(SHAPE, 0)
    for typed in (
        "(B, 16, 13, 13)",
        "B x 16 x 13 x 13",
        "[B,16,13,13]",
        "torch.Size(B, 16, 13, 13)",
    ):
        assert grade(asked, typed).passed, typed
    assert not grade(asked, "(16, B, 13, 13)").passed
    assert read_shape("()") == ()


def test_gaps_and_pairs_earn_their_share():
    assert grade(ask(BLANK, 0), ("x", "?")).points == 1
    asked = ask(MATCH, 0)
    right = right_answers(asked)[0]
    assert grade(asked, (right[0], right[0], right[0])).points == 1


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("½", "", 0.5),
        ("5 µs", "μs", 5),
        ("20 °C", "°C", 20),
        ("37％", "%", 37),
        ("1 000", "", 1000),
    ],
)
def test_signs_that_look_alike_are_alike(typed, unit, value):
    assert read_number(typed, unit) == value


def test_a_named_mistake_is_known_within_the_tolerance():
    question = Number(
        id="q",
        prompt="?",
        answer=0.75,
        tolerance=0.01,
        why="y",
        wrong=(WrongAnswer(value="1/3", why="that is the other share"),),
    )
    assert grade(ask(question, 0), "0.33").why == ("that is the other share",)


def test_an_answer_that_is_empty_costs_no_attempt():
    scalar = Shape(id="q", prompt="?", answer="()", why="y")
    assert grade(ask(scalar, 0), "()").passed
    for question, empty in ((scalar, " "), (TEXT, "\t"), (BLANK, ("", " ")), (NUMBER, "")):
        with pytest.raises(TutorError):
            grade(ask(question, 0), empty)


@pytest.mark.parametrize(
    "typed", ["(B, max_len, 3)", "B x max_len x 3", "b×max_len×3", "B max_len 3"]
)
def test_an_x_within_a_name_parts_nothing(typed):
    asked = ask(Shape(id="q", prompt="?", answer="(B, max_len, 3)", why="y"), 0)
    assert grade(asked, typed).passed is (typed[0] != "b"), "names are compared as written"


def test_sides_may_be_joined_without_spaces():
    assert read_shape("32x16×13X13") == ("32", "16", "13", "13")
