"""Every number that the lesson on Word2Vec states, worked out again."""

import math
from collections import Counter

import pytest
import torch
from evidence import Lesson, ended
from torch.nn import functional

from models import word2vec
from models.data import grammar, manual
from models.reading import Reading

LESSON = Lesson("day2/35-word2vec")


def trained(negatives):
    """The vectors and the last readings of seed 0."""
    config = word2vec.Config(negatives=negatives)
    model, last = ended(word2vec.train(config))
    return model, word2vec.read(config)[0], last


@pytest.fixture(scope="module")
def none():
    return trained(0)


@pytest.fixture(scope="module")
def five():
    return trained(5)


def test_the_sentence_and_its_pairs():
    words = ["I", "look", "forward", "to", "working", "on", "deep", "learning"]
    count = sum(
        1 for i in range(len(words)) for j in range(len(words)) if i != j and abs(i - j) <= 2
    )
    assert (len(words), count) == (8, 26)


def test_the_table_of_losses():
    rows = LESSON.rows("| pair ")
    total = 0.0
    for _, score, wanted, loss in rows:
        sign = -1 if wanted == "yes" else 1
        cost = math.log(1 + math.exp(sign * float(score)))
        assert f"{cost:.3f}" == loss
        total += cost
    assert LESSON.says(f"Together {total:.3f}.")
    assert LESSON.says(f"$6 \\cdot 0.693 = {6 * math.log(2):.2f}$")


def test_the_language(five):
    model, text, _ = five
    assert len(text.words) == 103
    assert len(grammar.analogies()) == 224
    assert sum(each.numel() for each in model.parameters()) == 6592


def test_what_happened(none, five):
    rows = LESSON.rows("| drawn words ")
    for (_, loss, lowest, right), (model, _, last) in zip(rows, (none, five), strict=True):
        assert f"{last['train/loss']:.{len(loss) - 2}f}" == loss
        scores = model.own.weight.detach() @ model.beside.weight.detach().T
        assert f"{float(scores.min()):.1f}" == lowest
        assert f"{last['test/analogies']:.2f}" == right
    assert 1 / (1 + math.exp(-7.2)) > 0.999


def test_three_hundred_steps_are_enough_for_no_loss():
    for each in word2vec.train(word2vec.Config(negatives=0)):
        if isinstance(each, Reading) and each.step == 300:
            assert float(each.scalars["train/loss"]) < 0.0005
            return


def test_the_bet():
    ends = {case: LESSON.recorded("wv.company", case, "test/analogies")
            for case in ("none", "five", "narrow")}  # fmt: skip
    assert ends["five"]["lo"][-1] >= 0.95
    assert ends["narrow"]["hi"][-1] < ends["none"]["lo"][-1]
    assert 0.3 < ends["none"]["mid"][-1] <= ends["none"]["hi"][-1] < 0.5


def test_take_nothing_away(five):
    model, text, _ = five
    places = model.places()
    questions = [[text.number[word] for word in each] for each in grammar.analogies()]
    a, b, c, answer = torch.tensor(questions).T
    found = []
    for wanted in (places[b] - places[a] + places[c], places[b] + places[c]):
        alike = functional.normalize(wanted, dim=1) @ places.T
        for word in (a, b, c):
            alike.scatter_(1, word[:, None], -2)
        found.append(f"{float((alike.argmax(1) == answer).float().mean()):.2f}")
    assert [row[1] for row in LESSON.rows("| looked for nearest to")] == found


def test_how_must_be_goes_on():
    words = manual.words()
    after = Counter(
        c for a, b, c in zip(words, words[1:], words[2:], strict=False) if (a, b) == ("must", "be")
    )
    assert after.total() == 64
    assert after.most_common(3) == [("an", 10), ("string", 9), ("integers", 5)]
    assert (len(after) - 3, after.most_common(4)[3][1]) == (27, 3)


def test_no_scores_get_below_that():
    config = word2vec.Config(negatives=5)
    text = word2vec.read(config)[0]
    middle, around = text.windows()
    words = len(text.words)
    pairs = torch.zeros(words, words)
    for near in around.T:
        here = near >= 0
        pairs.index_put_((middle[here], near[here]), torch.ones(int(here.sum())), accumulate=True)
    true = pairs / pairs.sum()
    often = text.counts**word2vec.POWER
    drawn = 5 * true.sum(1, keepdim=True) * often / often.sum()
    # For each pair of words the best answer is the share of yes among its questions.
    yes = true / (true + drawn)
    least = -(torch.xlogy(true, yes) + torch.xlogy(drawn, 1 - yes)).sum()
    assert LESSON.says(f"no scores whatever get below {float(least):.2f}")


@pytest.mark.slow
def test_twenty_seeds():
    for seed in range(20):
        for knobs, least, most in (({"negatives": 5}, 0.95, 1), ({"negatives": 0}, 0, 0.6)):
            *_, end = word2vec.train(word2vec.Config(seed=seed, **knobs))
            assert least <= float(end.scalars["test/analogies"]) <= most
