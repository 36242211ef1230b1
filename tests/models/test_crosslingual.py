"""Two tongues in one model: the small world they are told of, translation side by side, shared pieces."""

import random

import pytest
import torch
from marks import last

from models import xlm, xlmr
from models.data import tongues
from models.xlm import XLM, encode, side_by_side
from models.xlmr import Pieces, classifier, shares


def test_every_sentence_has_seven_words_and_its_translation_stands_across():
    rng = random.Random(0)
    for _ in range(200):
        fact = tongues.draw(rng)
        english, spanish = fact.say(0), fact.say(1)
        assert len(english) == len(spanish) == tongues.LONG
        assert english[tongues.VERB] == fact.verb[0]
        assert spanish[tongues.VERB] == fact.verb[1]
        assert english[tongues.ACROSS[4]] == fact.thing[0]
        assert spanish[4] == fact.thing[1]
        assert sorted(tongues.ACROSS) == list(range(tongues.LONG))


def test_words_that_are_not_alike_are_spelled_in_two_ways():
    rng = random.Random(1)
    facts = [tongues.draw(rng, alike=False) for _ in range(100)]
    for fact in facts:
        for pair in (fact.verb, fact.adjective, fact.thing):
            assert pair[0] != pair[1]
            assert pair[0][:3] != pair[1][:3]


def test_pairs_are_translations_as_often_as_asked():
    told = encode([tongues.draw(random.Random(seed)) for seed in range(50)])
    words, tongue = side_by_side(told, 1.0, torch.Generator().manual_seed(0))
    for row in words:
        left, right = row[: tongues.LONG], row[tongues.LONG :]
        assert any(torch.equal(left, one[0]) and torch.equal(right, one[1]) for one in told)
    assert tongue[0].tolist() == [0] * tongues.LONG + [1] * tongues.LONG
    _, apart = side_by_side(told, 0.0, torch.Generator().manual_seed(0))
    assert torch.equal(apart[:, 0], apart[:, -1])


def test_places_are_counted_anew_in_the_second_sentence():
    torch.manual_seed(0)
    model = XLM(32, 2, 1).eval()
    words = encode([tongues.draw(random.Random(3))])[:, 0].repeat(1, 2)
    tongue = torch.zeros_like(words)
    states = model.states(words, tongue)
    torch.testing.assert_close(states[:, : tongues.LONG], states[:, tongues.LONG :])


@pytest.mark.slow
def test_without_translations_the_verb_beside_stays_a_guess():
    found = last(xlm, parallel=0.0, steps=120)
    assert found["test/verb"] < 0.4


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_translations_side_by_side_teach_it_to_look_across():
    found = last(xlm)
    assert found["test/verb"] >= 0.9
    assert found["test/verb"] > found["test/verb alone"] + 0.4


def test_the_share_of_a_language_is_its_size_to_a_power():
    torch.testing.assert_close(shares([8000, 400], 1.0), torch.tensor([20 / 21, 1 / 21]))
    torch.testing.assert_close(shares([8000, 400], 0.0), torch.tensor([0.5, 0.5]))
    between = shares([8000, 400], 0.3)[1]
    assert 1 / 21 < float(between) < 0.5


def test_shared_pieces_have_one_number_and_others_two():
    rng = random.Random(0)
    texts = [tongues.draw(rng).say(i % 2) for i in range(400)]
    one, two = (Pieces(texts, 100, shared) for shared in (True, False))
    assert one.kinds < two.kinds
    same = [["hotels"]], [["hoteles"]]
    first = [one.encode(text, tongue)[0, 0] for tongue, text in enumerate(same)]
    assert first[0] == first[1], "both begin with the same piece"
    apart = [two.encode(text, tongue)[0, 0] for tongue, text in enumerate(same)]
    assert apart[0] != apart[1]


def test_gaps_are_never_hidden_and_never_looked_at():
    torch.manual_seed(0)
    texts = [tongues.draw(random.Random(seed)).say(0) for seed in range(30)]
    pieces = Pieces(texts, 120, True)
    rows = pieces.trim(pieces.encode(texts, 0))
    _, holes = pieces.hide(rows, 0.5, torch.Generator().manual_seed(0))
    assert not (holes & (rows == pieces.gap)).any()
    model = xlmr.XLMR(pieces.kinds, 32, 1).eval()
    short = pieces.trim(rows[:1])
    padded = torch.cat([short, torch.full((1, 5), pieces.gap)], 1)
    torch.testing.assert_close(model(short)[0], model(padded)[0, : short.shape[1]])


def test_the_classifier_is_ridge_regression():
    from sklearn.linear_model import Ridge

    torch.manual_seed(0)
    lie, matters = torch.randn(200, 6), torch.randint(0, 5, (200,))
    lie = lie - lie.mean(0)
    wanted = torch.nn.functional.one_hot(matters, 5).float()
    other = Ridge(alpha=10, fit_intercept=False).fit(lie, wanted - wanted.mean(0))
    torch.testing.assert_close(
        classifier(lie, matters),
        torch.tensor(other.coef_.T, dtype=torch.float),
        atol=1e-4,
        rtol=1e-3,
    )


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_short_run_of_shared_pieces_repeats():
    found = [last(xlmr, steps=50, spanish=200, merges=30) for _ in range(2)]
    assert found[0] == found[1]
    assert set(found[0]) >= {"test/english", "test/spanish", "valid/spanish"}


@pytest.mark.parametrize("knobs", [{"spanish": 0}, {"alpha": 2.0}, {"merges": 0}, {"hidden": 1.0}])
def test_shares_that_are_none_are_refused(knobs):
    with pytest.raises(ValueError, match="goes from"):
        next(xlmr.train(xlmr.Config(**knobs)))
