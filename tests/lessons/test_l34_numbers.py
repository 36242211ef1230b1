"""Every number that the lesson on rules and TF-IDF states, worked out again."""

import math
import re

import pytest
import torch
from evidence import Lesson
from torch.nn import functional

from models import tfidf
from models.data import manual
from models.reading import Reading

LESSON = Lesson("day2/34-rules-to-tfidf")
THREE = ["I am working on a walk with you", "I walk in the park", "the park is closed today"]
DIGITS = str.maketrans("01345", "oieas")


def test_what_each_rule_hides():
    rows = LESSON.rows("| message ")
    assert len(rows) == 5
    for message, *verdicts in rows:
        back = message.translate(DIGITS)
        closed = re.sub(r"[\W_]", "", back)
        hits = [
            re.search(r"\bstupid\b", message),
            re.search(r"\bstupid\b", back),
            "stupid" in closed,
        ]
        assert verdicts == ["hide" if hit else "-" for hit in hits]
    assert re.sub(r"\W", "", "dust up, idly") == "dustupidly"


def test_the_three_texts():
    def idf(word):
        return math.log(3 / sum(word in text.split() for text in THREE))

    assert f"{idf('working'):.3f}" == "1.099"
    assert f"{idf('I'):.3f}" == "0.405"
    assert len(THREE[0].split()) == len(set(THREE[0].split())) == 8
    assert f"{idf('working') / 8:.3f}" == "0.137"
    assert f"{idf('I') / 8:.3f}" == f"{idf('walk') / 8:.3f}" == "0.051"
    assert LESSON.says("TF times IDF is 0.137 for *working* and 0.051 for *I* and for *walk*")


@pytest.fixture(scope="module", params=["every fourth", "the end"])
def split(request):
    taught, asked = tfidf.chunks(request.param)
    return request.param, taught, asked


def test_texts_and_words():
    taught, asked = tfidf.chunks()
    assert (len(taught.texts), len(asked.texts)) == (671, 222)
    assert LESSON.says("893 in all")
    rows = tfidf.TfIdf(taught.texts).vectors(taught.texts)
    assert rows.shape == (671, 971)
    assert round(float((rows != 0).sum(1).float().mean())) == 16
    assert f"{asked.parts.count(0) / len(asked.parts):.2f}" == "0.37"


def test_the_bars_of_the_figure():
    taught, _ = tfidf.chunks()
    known = tfidf.TfIdf(taught.texts, least=1)
    (text,) = (
        text
        for text in taught.texts
        if {"iterator", "yield", "should", "once"} <= set(text.split())
    )
    for line in LESSON.figure("iterator"):
        for word, bar, number in re.findall(r"([a-z]+) +([█▉▊▋▌▍▎▏]+) +([\d.]+)", line):
            value = float(known.idf[known.number[word]])
            assert word in text.split()
            assert f"{value:.1f}" == number
            eighths = 8 * bar.count("█") + sum("▏▎▍▌▋▊▉".index(c) + 1 for c in bar if c != "█")
            assert abs(eighths / 8 - value) < 0.13


def test_what_happened(split):
    held_out, taught, asked = split
    known = tfidf.TfIdf(taught.texts)
    words = [word for text in asked.texts for word in tfidf.words(text)]
    strange = sum(word not in known.number for word in words) / len(words)
    places = {}
    for part, title in enumerate(tfidf.PARTS):
        own = re.findall(r"[a-z]{2,}", manual.section(title).lower())
        for place, i in enumerate(range(0, len(own) - tfidf.CHUNK, tfidf.CHUNK)):
            places.setdefault((" ".join(own[i : i + tfidf.CHUNK]), part), place)
    nearest = (known.vectors(asked.texts) @ known.vectors(taught.texts).T).argmax(1).tolist()
    beside = 0
    for text, part, j in zip(asked.texts, asked.parts, nearest, strict=True):
        there = taught.texts[j], taught.parts[j]
        beside += there[1] == part and abs(places[there] - places[text, part]) <= 1
    rows = {row[0]: row[1:] for row in LESSON.rows("| held out ")}
    right = LESSON.recorded("tf.parts", held_out.replace(" ", "-"), "test/accuracy")["mid"][-1]
    assert rows[held_out] == [
        f"{right:.2f}",
        f"{strange:.0%}".replace("%", " %"),
        f"{beside / len(asked.texts):.0%}".replace("%", " %"),
    ]


def test_the_bet_and_the_idf():
    ends = {
        case: LESSON.recorded("tf.parts", case, "test/accuracy")
        for case in ("few-words", "every-fourth", "the-end", "no-idf")
    }
    middles = {case: f"{band['mid'][-1]:.2f}" for case, band in ends.items()}
    assert middles == {
        "few-words": "0.74",
        "every-fourth": "0.90",
        "the-end": "0.59",
        "no-idf": "0.89",
    }
    assert ends["the-end"]["hi"][-1] < ends["few-words"]["lo"][-1]
    assert ends["few-words"]["hi"][-1] < ends["every-fourth"]["lo"][-1]


def test_searching_without_labels():
    taught, asked = tfidf.chunks()
    parts, truth = torch.tensor(taught.parts), torch.tensor(asked.parts)
    found = []
    for idf in (False, True):
        known = tfidf.TfIdf(taught.texts, idf=idf)
        near = (known.vectors(asked.texts) @ known.vectors(taught.texts).T).topk(5, 1).indices
        votes = functional.one_hot(parts[near], 4).sum(1)
        found.append(f"{(votes.argmax(1) == truth).float().mean():.2f}")
    assert [row[1] for row in LESSON.rows("| rows ")] == found
    assert [row[2] for row in LESSON.rows("| rows ")] == ["0.89", "0.90"]


@pytest.mark.slow
def test_twenty_seeds():
    for knobs, least, most in (
        ({}, 0.85, 1),
        ({"held_out": "the end"}, 0, 0.65),
        ({"least": 20}, 0, 0.78),
    ):
        for seed in range(20):
            *_, end = tfidf.train(tfidf.Config(seed=seed, **knobs))
            assert isinstance(end, Reading)
            assert least <= float(end.scalars["test/accuracy"]) <= most
