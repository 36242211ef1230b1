"""Pictures and words in one space, and images as sentences of patches."""

import math

import pytest
import torch
from torch.nn import functional

from models import clip, dalle
from models.data.digits import Split, splits
from models.words import NAMES, printed, scene


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def few(monkeypatch):
    parts = [Split(part.images[:40], part.labels[:40]) for part in splits()]
    monkeypatch.setattr(clip, "splits", lambda: parts)


def test_every_name_is_printed_differently_and_fits():
    words = [printed(name) for name in NAMES]
    assert all(word.shape[0] == 5 and word.shape[1] <= 32 for word in words)
    assert len({tuple(word.flatten().tolist()) for word in words}) == 10


def test_a_scene_has_what_it_was_told():
    digits = splits()[0].images[:3]
    shown = torch.tensor([True, False, True])
    words = torch.tensor([-1, 7, 7])
    made = scene(digits, shown, words, generator(), noise=0.0)
    above, below = made[:, 0, :20].sum((1, 2)), made[:, 0, 20:].sum((1, 2))
    assert (above > 0).tolist() == [True, False, True]
    assert (below > 0).tolist() == [False, True, True]
    assert below[1] == printed("seven").sum()


def test_the_loss_is_a_classification_both_ways():
    pictures, sentences = torch.eye(4), torch.eye(4)
    assert clip.clip_loss(pictures, sentences, 0.01).item() < 1e-6
    logits = torch.randn(4, 3), torch.randn(4, 3)
    one, two = clip.clip_loss(*logits, 0.5), clip.clip_loss(*logits[::-1], 0.5)
    assert torch.allclose(one, two)
    own = torch.arange(4)
    both = logits[0] @ logits[1].T / 0.5
    by_hand = (functional.cross_entropy(both, own) + functional.cross_entropy(both.T, own)) / 2
    assert torch.allclose(one, by_hand)


def test_sentences_are_padded_and_unknown_words_named():
    numbers = clip.tokens(["a seven", "number nine on paper"])
    assert numbers.shape == (2, clip.LONGEST)
    assert (numbers > 0).sum(1).tolist() == [2, 4]
    with pytest.raises(ValueError, match="elephant"):
        clip.tokens(["a photo of an elephant".replace("an ", "")])


def test_padding_says_nothing():
    torch.manual_seed(0)
    ear = clip.Ear().eval()
    short = clip.tokens(["a seven"])
    noisy = ear.embed.weight.clone()
    with torch.no_grad():
        before = ear(short)
        ear.embed.weight[0] = 5.0
        assert torch.allclose(ear(short), before, atol=1e-6)
        ear.embed.weight.copy_(noisy)


def test_every_caption_names_its_digit_and_attacks_only_pictures():
    part = splits()[0]
    config = clip.Config(reading=0.25, wrong_words=0.5)
    made, labels = clip.pairs(Split(part.images[:50], part.labels[:50]), config, generator())
    assert len(made) == len(labels) == 50 * clip.PAIRS
    assert labels.tolist() == part.labels[:50].tolist() * clip.PAIRS


def test_clip_trains_and_is_attacked(few):
    start, *rest = clip.train(clip.Config(steps=2, batch_size=8))
    assert start.total_steps == len(rest) == 2
    assert {"test/zero-shot", "test/words", "test/flipped"} <= set(rest[-1].scalars)
    for wrong in ({"reading": 0.9}, {"batch_size": 1}):
        with pytest.raises(ValueError, match=r"reading|batch"):
            next(clip.train(clip.Config(**wrong)))


# --- patches ------------------------------------------------------------------------------------


def test_patches_go_row_by_row():
    image = torch.arange(64.0).reshape(1, 8, 8)
    cut = dalle.patches(image)
    assert cut.shape == (1, 16, 4)
    assert cut[0, 0].tolist() == [0, 1, 8, 9]
    assert cut[0, 4].tolist() == [16, 17, 24, 25]


def test_an_image_of_codes_is_spelled_exactly():
    codes = torch.rand(dalle.CODES, 4)
    tokens = torch.randint(dalle.CODES, (3, 16))
    images = dalle.decode(tokens, codes)
    assert torch.equal(dalle.encode(images, codes), tokens)


def test_nobody_sees_what_is_behind():
    torch.manual_seed(0)
    model = dalle.Painter().eval()
    tokens = torch.randint(dalle.CODES, (2, 17))
    changed = tokens.clone()
    changed[:, 9:] = 0
    assert torch.allclose(model(tokens)[:, :9], model(changed)[:, :9], atol=1e-5)
    assert not torch.allclose(model(tokens)[:, 9:], model(changed)[:, 9:], atol=1e-3)


def test_cold_painting_takes_the_likeliest():
    torch.manual_seed(0)
    model = dalle.Painter().eval()
    digits = torch.tensor([3, 3])
    drawn = dalle.paint(model, digits, 0.0, generator())
    assert torch.equal(drawn[0], drawn[1])
    first = model((dalle.CODES + digits)[:, None])[0, -1]
    assert drawn[0, 0] == first.argmax()


def test_dalle_trains_and_is_judged(monkeypatch):
    class Judge:
        def verdict(self, images, asked):
            assert images.shape == (20, 8, 8)
            self.scalars = lambda: {"judge/agreement": 0.0}
            return self

    monkeypatch.setattr(dalle, "judge", lambda device: Judge())
    monkeypatch.setattr(dalle, "DRAWN", 20)
    start, *rest = dalle.train(dalle.Config(steps=2))
    assert start.total_steps == len(rest) == 2
    assert float(rest[0].scalars["train/loss"]) == pytest.approx(math.log(64), abs=0.5)
    assert 0 < float(rest[-1].scalars["test/spelling"]) < 0.02
