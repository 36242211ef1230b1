"""The omitted digit: what the student is shown, how its bias is lifted, and who is judged."""

import pytest
import torch
from torch import nn

from models import omitted
from models.data.digits import splits
from models.omitted import Config, judge, lift, look, named, pictures_of, train


def test_the_omitted_digit_is_not_among_the_pictures():
    data = splits()[0]
    own = pictures_of(Config(omitted=7), data)
    assert set(own.labels.tolist()) == set(range(10)) - {7}
    assert len(own.labels) == int((data.labels != 7).sum())
    assert torch.equal(own.images[0], data.images[data.labels != 7][0])


def test_noise_tells_nothing_of_digits_and_is_the_same_for_a_seed():
    data = splits()[0]
    one, again, other = (
        pictures_of(Config(shown="noise", seed=seed), data).images for seed in (0, 0, 1)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert one.shape == data.images.shape
    assert one.mean() == pytest.approx(0.5, abs=0.01)


def test_named_counts_the_digit_alone():
    logits = torch.eye(10)[[3, 3, 5, 3]]
    assert named(logits, torch.tensor([3, 3, 3, 5]), 3) == pytest.approx(2 / 3)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_a_lifted_digit_is_called_as_often_as_it_should(share):
    logits = torch.randn(200, 10, generator=torch.Generator().manual_seed(0))
    lifted = logits.clone()
    lifted[:, 4] += lift(logits, 4, share)
    assert float((lifted.argmax(1) == 4).float().mean()) == pytest.approx(share)


def test_lifting_finds_knowledge_that_was_never_first():
    # The student's sum for a 3 orders the images well, and starts ten too low.
    labels = torch.arange(10).repeat(20)
    logits = 5 * nn.functional.one_hot(labels, 10).float()
    logits[:, 3] -= 10
    assert named(logits, labels, 3) == 0
    logits[:, 3] += lift(logits, 3)
    assert named(logits, labels, 3) == 1
    assert (logits.argmax(1) == labels).all()


def test_a_look_counts_what_is_read():
    valid = splits()[1]

    class Always(nn.Module):
        def forward(self, images):
            return torch.eye(10)[[3]].expand(len(images), 10)

    found, picture = look(Always(), Config(), valid)
    assert found["valid/omitted"] == 1
    assert found["valid/accuracy"] == pytest.approx(float((valid.labels == 3).float().mean()))
    assert picture.data.shape == (10, 10)


def test_both_are_judged_and_the_student_is_smaller():
    _, valid, test = splits()
    found = judge(omitted.large(), omitted.small(64), Config(), valid, test)
    assert found["test/parameters"] == 4810
    assert sum(weights.numel() for weights in omitted.large().parameters()) == 21_386
    assert 0 <= found["test/omitted"] <= 1
    assert 0 <= found["test/lifted"] <= 1


@pytest.mark.parametrize("knobs", [{}, {"hears": "label"}, {"shown": "noise", "temperature": 4.0}])
def test_teacher_and_student_learn_one_after_the_other(knobs, monkeypatch):
    monkeypatch.setattr(omitted, "TEACHING", 1)
    start, *rest = train(Config(steps=60, **knobs))
    teaching = [each for each in rest if "train/teacher" in each.scalars]
    learning = [each for each in rest if "train/student" in each.scalars]
    assert len(teaching) + 60 == len(rest) == start.total_steps
    assert len(learning) == 60
    looks = [each.step - len(teaching) for each in rest if "valid/omitted" in each.scalars]
    assert looks == [50, 60]
    assert {"test/omitted", "test/lifted", "test/teacher"} < set(rest[-1].scalars)


def test_whoever_hears_labels_never_hears_of_the_omitted_digit(monkeypatch):
    monkeypatch.setattr(omitted, "TEACHING", 1)
    *_, end = train(Config(hears="label", steps=300))
    assert end.scalars["test/omitted"] == 0
    assert end.scalars["test/accuracy"] > 0.6


@pytest.mark.parametrize(
    ("knobs", "word"),
    [
        ({"hears": "music"}, "hears"),
        ({"shown": "cats"}, "Shown"),
        ({"shown": "noise", "hears": "label"}, "no label"),
        ({"omitted": 10}, "omitted"),
    ],
)
def test_settings_that_cannot_be_are_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(iter(train(Config(**knobs))))
