"""Sentence embeddings: recall by hand, sentences that mean the same, and what the mirrors are for."""

import math
import random

import pytest
import torch

from models import sentences
from models.data import paraphrases
from models.reading import Start
from models.sentences import Config, Encoder

# --- sentences ----------------------------------------------------------------------------------

DOG_FEARS_CHILD = (1, 2, 3)


def test_a_meaning_is_said_in_all_its_words_and_forms():
    rng = random.Random(0)
    said = {paraphrases.say(DOG_FEARS_CHILD, rng) for _ in range(4000)}
    assert len(said) == 3 * 3 * 3 * len(paraphrases.FORMS)
    assert {"the dog fears the kid", "by the hound the child is dreaded"} <= said
    assert not said & {
        paraphrases.say(paraphrases.mirror(DOG_FEARS_CHILD), rng) for _ in range(4000)
    }


def test_meanings_are_split_with_their_mirrors():
    known, valid, asked = paraphrases.meanings(0)
    assert [len(part) for part in (known, valid, asked)] == [652, 40, 100]
    assert len({*known, *valid, *asked}) == 792 == 12 * 11 * 6
    for part in (known, valid, asked):
        assert [paraphrases.mirror(one) for one in part[::2]] == part[1::2]
    assert paraphrases.meanings(1)[2] != asked
    # Each word that is asked for has been read, in other company.
    for place in range(3):
        assert {each[place] for each in asked} <= {each[place] for each in known}


def test_new_forms_are_new_and_their_words_are_not():
    assert not set(paraphrases.FORMS) & set(paraphrases.NEW_FORMS)
    known = {word for form in paraphrases.FORMS for word in form.split()}
    assert {word for form in paraphrases.NEW_FORMS for word in form.split()} <= known


def test_every_sentence_has_room():
    rng = random.Random(0)
    for forms in (paraphrases.FORMS, paraphrases.NEW_FORMS):
        for form in forms:
            assert sentences.tokens([paraphrases.say(DOG_FEARS_CHILD, rng, [form])]).any()
    with pytest.raises(ValueError, match="never read 'zebra'"):
        sentences.tokens(["the zebra"])
    with pytest.raises(ValueError, match="at most 11"):
        sentences.tokens(["the " * 12])


# --- measures -----------------------------------------------------------------------------------


def test_recall_and_mirrors_by_hand():
    known = torch.eye(4)
    asked = torch.tensor([
        [0.9, 0.1, 0.0, 0.0],  # its own
        [0.8, 0.7, 0.0, 0.0],  # its mirror
        [0.9, 0.0, 0.5, 0.1],  # another's, though not its mirror
        [0.0, 0.0, 0.0, 0.2],  # its own
    ])  # fmt: skip
    assert sentences.recall(asked, known).item() == 0.5
    assert sentences.unmirrored(asked, known).item() == 0.75


def test_a_bag_of_words_cannot_tell_a_mirror():
    one, other, third = sentences.bag(
        sentences.tokens(["the dog fears the kid", "the kid fears the dog", "the dog likes a kid"])
    )
    assert torch.equal(one, other)
    # 2 times `the`, and three more: sqrt(7); beside `the`, `dog`, `likes`, `a` and `kid`: sqrt(5).
    assert (one @ third).item() == pytest.approx((2 + 1 + 1) / math.sqrt(7 * 5))


# --- the network --------------------------------------------------------------------------------


def test_a_place_is_the_mean_over_the_words_that_are_there():
    torch.manual_seed(0)
    model = Encoder(8, 2)
    words = sentences.tokens(["the dog fears the kid"])
    mean = model.bert(words[:, :5]).mean(1)
    assert torch.allclose(model(words), mean / mean.norm(), atol=1e-6)


def test_a_step_is_of_mirrors_where_that_is_asked():
    known = paraphrases.meanings(0)[0]
    drawn = sentences.draw(random.Random(0), known, Config())
    assert len(set(drawn)) == 64
    assert [paraphrases.mirror(one) for one in drawn[::2]] == drawn[1::2]
    drawn = sentences.draw(random.Random(0), known, Config(mirrors=False))
    assert len(set(drawn)) == 64
    assert [paraphrases.mirror(one) for one in drawn[::2]] != drawn[1::2]


# --- the run ------------------------------------------------------------------------------------


def run(**knobs):
    start, *rest = sentences.train(Config(**{"steps": 60, "layers": 1, **knobs}))
    assert isinstance(start, Start)
    assert start.model(start.example).shape == (32, start.model.bert.token.weight.shape[1])
    assert [item.step for item in rest] == list(range(1, start.total_steps + 1))
    return rest[-1]


def test_it_learns_what_a_bag_of_words_does_not_see():
    last = run()
    assert last.scalars["test/recall@1"] > 0.35
    assert last.scalars["test/untrained"] < 0.2
    assert last.scalars["test/bag of words"] < 0.2
    dots, near = last.pictures["map"], last.pictures["likeness"]
    assert dots.data.shape == (36, 3)
    assert len(dots.labels) == 4
    assert near.data.diagonal().allclose(torch.ones(36), atol=1e-5)
    assert len(last.pictures["nearest"].caption.split("\n")) == 12


def test_the_same_seed_is_the_same_run():
    knobs = {"steps": 3, "width": 8, "pairs": 8}
    assert run(**knobs).scalars == run(**knobs).scalars
    assert run(**knobs).scalars != run(**knobs, seed=1).scalars


@pytest.mark.parametrize("knobs", [{"pairs": 3}, {"meanings": 32}, {"meanings": 654}, {"width": 6}])
def test_knobs_have_their_range(knobs):
    with pytest.raises(ValueError, match=r"even|share"):
        Config(**knobs).check()
