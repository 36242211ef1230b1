"""Every number that the lesson on words and answers states, worked out again."""

import math
import random
import statistics

import pytest
import torch
from evidence import Lesson
from torch.nn import functional

from models import gpt, ngrams
from models.data import manual
from models.ngrams import Config, NGrams
from models.reader import spans

LESSON = Lesson("day1/15-words-and-answers")
READ = 100
"""Stretches that the lesson's models read."""


@pytest.fixture(scope="module")
def model():
    """What the lesson's models have counted; they differ only in what they make of it."""
    model = NGrams(Config(order=5), manual.characters())
    model.read(manual.text(), 0, READ * ngrams.STRETCH)
    return model


def asked(model, smoothing, order=5):
    """Bits a character of the test's text, and the share that was ruled out."""
    text = manual.text()
    cut = int((1 - manual.HELD_OUT) * len(text))
    model.config.smoothing = smoothing
    return model.surprise(text, cut, (cut + len(text)) // 2, order)


@pytest.mark.parametrize(
    ("name", "smoothing"), [("A", "none"), ("B", "kneser-ney"), ("C", "add-k")]
)
def test_the_three_writers(model, name, smoothing):
    shown = dict(line.split("   ", 1) for line in LESSON.figure("A   The"))[name]
    model.config.smoothing = smoothing
    written, _ = model.write("The ", 60, 5, random.Random(0))
    assert written.replace("\n", " ").startswith(shown)


def test_how_much_they_read():
    assert READ * ngrams.STRETCH == 200_000
    assert manual.HELD_OUT == 0.1
    assert 0.9 * len(manual.text()) > 2 * 200_000
    assert len(manual.characters()) == 103
    assert round(len(manual.text()) * manual.HELD_OUT / 2, -3) == 23_000


def test_their_scores(model):
    bits, impossible = asked(model, "none")
    assert bits == math.inf
    assert f"{impossible:.0%}" == "24%"
    assert LESSON.says("A had ruled out 24 of 100 characters")
    bits, _ = asked(model, "kneser-ney")
    assert f"{bits:.2f}" == "2.13"
    assert f"{2**bits:.1f}" == "4.4"
    assert LESSON.says("So B needs 2.13 bits for text that it never read: as if it chose among 4.4")
    four, two = asked(model, "add-k")[0], asked(model, "add-k", 3)[0]
    assert LESSON.says(f"C needs {four:.2f} bits where two characters of context needed {two:.2f}")


def test_most_contexts_came_a_handful_of_times(model):
    assert statistics.median(found.all for found in model.times[4].values()) <= 3


def test_the_curves_of_the_bet():
    bands = LESSON.bands("words.count", "valid/bits")
    at_the_end = {name: band["mid"][-1] for name, band in bands.items()}
    assert f"{at_the_end['add-one-3']:.1f}" == "2.7"
    assert f"{at_the_end['add-one-5']:.1f}" == "3.3"
    assert f"{at_the_end['kneser-ney']:.1f}" == "1.8"
    assert at_the_end["none"] is None


def test_the_reader_that_always_answers():
    abstains, answers = (
        LESSON.bands("words.reader", f"valid/{name}") for name in ("abstains", "answers")
    )
    assert abstains["always-answers"]["hi"][-1] < 0.02
    assert answers["always-answers"]["lo"][-1] > 0.95
    assert abstains["a-third"]["lo"][-1] > 0.9


def test_rain_snow_and_bill():
    drawn = LESSON.figure("the bill is paid")
    sentences = [part.split() for line in drawn[:3] for part in line.split("    ") if part.strip()]
    assert len(sentences) == 5
    head, *table = drawn[4:]
    rows = {}
    for line in table:
        word, *shown = line.split()
        rows[word] = [
            sum(each.count(beside) for each in sentences if word in each) for beside in head.split()
        ]
        assert [int(each) if each != "." else 0 for each in shown] == rows[word]
    assert not any({"rain", "snow"} <= set(each) for each in sentences)

    def cosine(one, other):
        return sum(map(lambda x, y: x * y, one, other)) / math.hypot(*one) / math.hypot(*other)

    assert f"{cosine(rows['rain'], rows['snow']):.3f}" == "0.875"
    assert f"{cosine(rows['rain'], rows['bill']):.3f}" == "0.316"
    assert LESSON.says("0.875 for rain and snow, and 0.316 for rain and bill")


def test_the_book_of_eight_characters():
    text = "ab ab ac"
    assert len(text) == 8
    for smoothing, b, c, a in (("none", 2 / 3, 1 / 3, 0), ("add-k", 3 / 7, 2 / 7, 1 / 7)):
        model = NGrams(Config(order=2, smoothing=smoothing), " abc")
        model.read(text, 0, len(text))
        assert [model.probability("a", each) for each in "bca"] == pytest.approx([b, c, a])
    assert f"{math.log2(3 / 2):.3f}" == "0.585"
    assert f"{math.log2(3):.3f}" == "1.585"
    assert f"{math.log2(103):.2f}" == "6.69"
    assert LESSON.says("is 3/7 and $P(a \\mid a)$ is 1/7")


def test_the_reader_points_at_gravity():
    rows = [line.split("  ") for line in LESSON.figure("begins here")[3:5]]
    scores = [[float(each) for each in row[1:] if each.strip()] for row in rows]
    logits = torch.tensor([scores])
    assert spans(logits).tolist() == [[4, 4]]
    first, last = scores
    assert (first[4] + last[4], first[0] + last[0]) == (8.5, 3.5)


def test_the_question_about_a_span():
    logits = torch.tensor([[[3.0, 1, 4, 0, 2], [3.0, 5, 1, 3, 0]]])
    assert spans(logits).tolist() == [[2, 3]]
    assert LESSON.says("Words 2 to 3: 4 + 3 = 7")


def test_what_the_snippet_prints(capsys):
    LESSON.program("pairs")
    assert capsys.readouterr().out == "2 2\n"


@pytest.mark.slow
def test_the_gpt_needs_more_bits_for_the_same_text():
    run = gpt.train(gpt.Config())
    model = next(run).model
    for _ in run:
        pass
    text, half = manual.text(), gpt.Config().context // 2
    cut = int((1 - manual.HELD_OUT) * len(text))
    tokens, end = manual.encode(text), (cut + len(text)) // 2
    # Each character is asked for with 32 to 63 before it.
    rows = torch.stack([tokens[at - half : at + half] for at in range(cut, end - half, half)])
    model.eval()
    with torch.no_grad():
        losses = [
            functional.cross_entropy(
                model(part[:, :-1])[:, half - 1 :].flatten(0, 1), part[:, half:].flatten()
            )
            for part in rows.split(len(rows) // 8)
        ]
    assert 2.2 < float(torch.stack(losses).mean()) / math.log(2) < 2.35
