"""Counting: smoothing beside sums done by hand and beside the definitions, taken word for word."""

import math
import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ngrams
from models.ngrams import Config, NGrams
from models.reading import Reading, Start

LETTERS = "abcd"


def counted(text, smoothing, characters=LETTERS, **knobs):
    model = NGrams(Config(smoothing=smoothing, **{"order": 2, **knobs}), characters)
    model.read(text, 0, len(text))
    return model


# --- by hand ------------------------------------------------------------------------------------

# `aabab` has aa once, ab twice and ba once; behind a stand 1 a and 2 b, behind b one a.
BY_HAND = [
    ("none", {}, "a", "b", 2 / 3),
    ("none", {}, "b", "b", 0),
    ("none", {}, "c", "a", 0),
    ("none", {"order": 1}, "", "a", 3 / 5),
    ("add-k", {"k": 1.0}, "a", "b", (2 + 1) / (3 + 4)),
    ("add-k", {"k": 1.0}, "c", "a", 1 / 4),
    # Alone: a 0.5 * 3/5 + 0.5 / 4 = 0.425, b 0.5 * 2/5 + 0.125 = 0.325.
    ("jelinek-mercer", {"weight": 0.5}, "a", "b", 0.5 * 2 / 3 + 0.5 * 0.325),
    ("jelinek-mercer", {"weight": 0.5}, "b", "b", 0.5 * 0.325),
    ("jelinek-mercer", {"weight": 0.5}, "c", "a", 0.425),
    # Alone by kinds: a came after a and b, b after a: a 1.5/3 + 0.5 * 2/3 / 4 = 7/12, b 1/4, c 1/12.
    ("kneser-ney", {"discount": 0.5}, "a", "b", 1.5 / 3 + 0.5 * 2 / 3 * 1 / 4),
    ("kneser-ney", {"discount": 0.5}, "a", "a", 0.5 / 3 + 0.5 * 2 / 3 * 7 / 12),
    ("kneser-ney", {"discount": 0.5}, "a", "c", 0.5 * 2 / 3 * 1 / 12),
    ("kneser-ney", {"discount": 0.5}, "b", "a", 0.5 + 0.5 * 7 / 12),
    ("kneser-ney", {"discount": 0.5}, "c", "a", 7 / 12),
]


@pytest.mark.parametrize(("smoothing", "knobs", "context", "char", "wanted"), BY_HAND)
def test_a_probability_by_hand(smoothing, knobs, context, char, wanted):
    model = counted("aabab", smoothing, **knobs)
    assert model.probability(context, char) == pytest.approx(wanted)


def test_surprise_by_hand():
    bits, impossible = counted("aabab", "none").surprise("aabab", 1, 5)
    # 1/3, 2/3, 1, 2/3.
    assert bits == pytest.approx((math.log2(3) + 2 * math.log2(1.5)) / 4)
    assert impossible == 0
    assert counted("aabab", "none").surprise("aabb", 1, 4) == (math.inf, pytest.approx(1 / 3))


def test_what_follows_one_thing_alone_is_not_expected_elsewhere():
    # f and b came three times each; f behind s alone, b behind three others.
    text, letters = "sf.sf.sf.ab.cb.db", "abcdfsx."
    kneser, jelinek = (counted(text, way, letters) for way in ("kneser-ney", "jelinek-mercer"))
    assert kneser.probability("x", "b") > 2 * kneser.probability("x", "f")
    assert jelinek.probability("x", "b") == jelinek.probability("x", "f")


# --- by the definitions -------------------------------------------------------------------------

texts = st.text(LETTERS[:3], min_size=1, max_size=40)


def kneser_ney(text, context, char, order, discount, top=True):
    """Chen and Goodman's formula, by looking through the whole text for each number in it."""
    if order == 0:
        return 1 / len(LETTERS)
    grams = [text[at : at + order] for at in range(len(text) - order + 1)]
    if not top:
        longer = {text[at : at + order + 1] for at in range(len(text) - order)}
        grams = [gram[1:] for gram in longer]
    own = [gram[-1] for gram in grams if gram[:-1] == context]
    lower = kneser_ney(text, context[1:], char, order - 1, discount, top=False)
    if not own:
        return lower
    left = discount * len(set(own)) / len(own)
    return max(own.count(char) - discount, 0) / len(own) + left * lower


@settings(max_examples=60, deadline=None)
@given(texts, st.integers(1, 4), st.sampled_from((0.0, 0.3, 0.75, 1.0)))
def test_kneser_ney_is_its_definition(text, order, discount):
    model = counted(text, "kneser-ney", order=order, discount=discount)
    for context in map("".join, product("abd", repeat=order - 1)):
        for char in LETTERS:
            wanted = kneser_ney(text, context, char, order, discount)
            assert model.probability(context, char) == pytest.approx(wanted)


@settings(max_examples=60, deadline=None)
@given(
    texts,
    st.sampled_from(ngrams.WAYS),
    st.integers(1, 4),
    st.floats(0, 1),
    st.text(LETTERS, max_size=5),
)
def test_probabilities_sum_to_1(text, smoothing, order, share, context):
    knobs = {"weight": share, "discount": share, "k": share + 0.1}
    model = counted(text, smoothing, order=order, **knobs)
    for looks in range(1, order + 1):
        known = [model.probability(context, char, looks) for char in LETTERS]
        assert min(known) >= 0
        # Without smoothing nothing follows what never stood there.
        assert sum(known) == pytest.approx(1) or (smoothing == "none" and not any(known))


@given(texts, st.integers(0, 40))
def test_reading_in_stretches_is_reading_at_once(text, cut):
    whole, parts = counted(text, "kneser-ney", order=3), NGrams(Config(order=3), LETTERS)
    parts.read(text, 0, min(cut, len(text)))
    parts.read(text, min(cut, len(text)), len(text))
    assert (whole.times, whole.after) == (parts.times, parts.after)


# --- writing ------------------------------------------------------------------------------------


def test_it_writes_what_it_finds_likely():
    model = counted("aabab" * 20, "kneser-ney")
    text, chances = model.write("a", 400, 2, random.Random(0))
    assert len(text) == 1 + len(chances) == 401
    wanted = [model.probability(text[:at], text[at]) for at in range(1, 401)]
    assert chances == pytest.approx(wanted)
    pairs = [text[at : at + 2] for at in range(400)]
    share = pairs.count("ab") / sum(pair[0] == "a" for pair in pairs)
    assert share == pytest.approx(model.probability("a", "b"), abs=0.08)


def test_without_smoothing_it_stops_where_nothing_is_known():
    text, chances = counted("abc", "none").write("a", 10, 2, random.Random(0))
    assert (text, chances) == ("abc", [1, 1])


def test_the_likeliest_words_are_the_likeliest_of_all():
    model = counted("ab a bab ab b ", "kneser-ney", "ab ", order=3)
    every = {}
    for long in range(1, 10):
        for letters in product("ab", repeat=long):
            word, likely = "".join(letters), 1.0
            for at, char in enumerate(word):
                likely *= model.probability(" " + word[:at], char)
            every[word] = likely * model.probability(" " + word, " ")
    best = sorted(every.items(), key=lambda item: -item[1])[:4]
    assert model.words(" ", 4) == [(word, pytest.approx(likely)) for word, likely in best]


# --- the run ------------------------------------------------------------------------------------


def run(**knobs):
    start, *rest = ngrams.train(Config(**{"order": 3, "steps": 20, **knobs}))
    assert isinstance(start, Start)
    assert [item.step for item in rest] == list(range(1, start.total_steps + 1))
    assert all(isinstance(item, Reading) for item in rest)
    return rest


@pytest.mark.slow
def test_it_reads_the_manual_and_is_less_surprised():
    first, *_, last = run()
    assert first.scalars["train/bits"] == pytest.approx(math.log2(103))
    assert last.scalars["test/bits"] < 4
    assert last.scalars["test/impossible"] == 0
    writing, ends, orders = (last.pictures[name] for name in ("writing", "next word", "orders"))
    assert len(writing.data) == len(writing.labels)
    assert "".join(writing.labels).count("\n") == 2
    assert "".join(ends.labels).count(ngrams.PROMPT) == 6
    (known, unknown) = orders.data
    assert known == sorted(known, reverse=True)
    assert unknown[0] > unknown[1]


@pytest.mark.slow
def test_without_smoothing_a_new_text_is_impossible():
    last = run(smoothing="none")[-1].scalars
    assert last["test/bits"] == math.inf
    assert 0 < last["test/impossible"] < 1


def test_smoothing_may_be_turned_while_it_reads():
    config = Config(order=2, steps=4, smoothing="none")
    readings = ngrams.train(config)
    assert [next(readings) for _ in range(3)][-1].scalars["train/impossible"] > 0
    config.smoothing = "kneser-ney"
    assert next(readings).scalars["train/impossible"] == 0


@pytest.mark.parametrize("knobs", [{"order": 0}, {"smoothing": "some"}, {"discount": 1.5}])
def test_knobs_have_their_range(knobs):
    with pytest.raises(ValueError, match=r"go(es)? from|can be"):
        next(ngrams.train(Config(**knobs)))
