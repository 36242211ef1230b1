"""The question bank for Moodle and Anki, read back by small readers of their formats."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tutor.core.bank import Entry, _escaped, anki, gift
from tutor.core.lesson import Blank, Choice, Match, Multiple, Number, Order, Parameter, Single

SINGLE = Single(
    id="q.one",
    prompt="Is {a:b} = ~c?",
    topic="sets",
    choice=(Choice(text="yes", why="so", correct=True), Choice(text="no # way", why="not so")),
)
NUMBER = Number(
    id="q.num",
    prompt="{{n}} squared?",
    answer="n**2",
    tolerance=0.5,
    why="{{n}} times {{n}}",
    params={"n": Parameter(choose=(2, 3))},
)
MULTIPLE = Multiple(
    id="q.many",
    prompt="Which?",
    choice=(
        Choice(text="a", why="x", correct=True),
        Choice(text="b", why="x", correct=True),
        Choice(text="c", why="x"),
    ),
)
GAPPED = Blank(
    id="q.gaps", prompt="Fill", text="{{1}} {{2}}", accept={"1": ("a",), "2": ("b",)}, why=""
)
ALL = [SINGLE, NUMBER, MULTIPLE, GAPPED]


def same(text):
    return text


def unescaped(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_gift_signs_survive(text):
    assert unescaped(_escaped(text)) == text.strip()


def test_gift_holds_each_question_with_its_id_and_what_is_right():
    text, left_out = gift("A course", [Entry(q, "Lesson") for q in ALL], same)
    assert left_out == ["q.gaps"]
    assert re.findall(r"\[id:([^\]]+)\]", text) == ["q.one", "q.num", "q.many"]
    assert "=yes#so" in text
    assert r"~no \# way#not so" in text
    assert text.count("~%50%") == 2
    assert "~%-50%c" in text
    n = int(re.search(r"(\d) squared", text)[1])
    assert f"#{n * n}:0.5#{n} times {n}" in text


def test_orders_and_pairs_become_matching():
    order = Order(id="o", prompt="?", items=("a", "b", "c"), why="")
    match = Match(id="m", prompt="?", pairs=(("x", "1"), ("y", "2")), why="")
    text, left_out = gift("C", [Entry(order, "L"), Entry(match, "L")], same)
    assert "=1 -> a\n=2 -> b\n=3 -> c" in text
    assert "=x -> 1\n=y -> 2" in text
    assert left_out == []


def test_anki_rows_have_four_cells_and_a_lasting_guid():
    text = anki("dlwalk", [Entry(q, "A lesson") for q in ALL], same)
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert [row[0] for row in rows] == [f"dlwalk/{q.id}" for q in ALL]
    assert all(len(row) == 4 for row in rows)
    assert rows[0][3] == "A-lesson sets"
    assert "<br>- yes" in rows[0][1]
    assert text == anki("dlwalk", [Entry(q, "A lesson") for q in ALL], same)
