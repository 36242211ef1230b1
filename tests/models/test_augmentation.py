"""What augmentation does to an image, and what it gives."""

import math

import pytest
import torch
from marks import last
from torchvision.transforms import functional as reference

from models import augmentation
from models.augmentation import CHOICES, Config, flip, mild, network, noise, train
from models.data.digits import splits
from models.reading import Reading, Start


@pytest.fixture(scope="module")
def images():
    return splits()[0].images[:200]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def test_mild_with_nothing_to_do_does_nothing(images, monkeypatch):
    for name in ("TURN", "SCALE", "SHEAR", "SHIFT"):
        monkeypatch.setattr(augmentation, name, 0.0)
    torch.testing.assert_close(mild(images), images, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["TURN", "SHIFT"])
def test_turns_and_shifts_are_those_of_torchvision(images, monkeypatch, name):
    for other in ("TURN", "SCALE", "SHEAR", "SHIFT"):
        monkeypatch.setattr(augmentation, other, 0.0)
    monkeypatch.setattr(augmentation, name, 0.25)
    monkeypatch.setattr(torch, "rand", lambda *size, device=None: torch.ones(*size))
    found = mild(images[:5])
    if name == "TURN":
        # The place that is read turns clockwise, so the image turns the other way.
        expected = reference.affine(
            images[:5, None],
            angle=-math.degrees(0.25),
            translate=[0, 0],
            scale=1.0,
            shear=[0.0],
            interpolation=reference.InterpolationMode.BILINEAR,
        )[:, 0]
    else:
        # A quarter of half the side is one pixel, to the left and up.
        expected = torch.zeros_like(images[:5])
        expected[:, :-1, :-1] = images[:5, 1:, 1:]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


def test_mild_moves_ink_a_little_and_loses_little_of_it(images):
    found = mild(images)
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6
    assert (found - images).abs().mean() > 0.02
    assert found.sum() / images.sum() == pytest.approx(1, abs=0.1)
    assert not torch.equal(mild(images), found), "anew every time"


def test_noise_has_the_strength_that_it_says(images, monkeypatch):
    monkeypatch.setattr(augmentation, "mild", lambda images: images)
    assert (noise(images) - images).std() == pytest.approx(0.08, rel=0.05)


def test_flip_mirrors_every_other_one(images):
    found = flip(images)
    same = (found == images).all((1, 2))
    mirrored = (found == images.flip(2)).all((1, 2))
    assert (same | mirrored).all()
    assert 0.35 < mirrored.float().mean() < 0.65


def test_the_network_has_the_size_that_its_docstring_says():
    assert sum(each.numel() for each in network().parameters()) == 21_386


@pytest.mark.parametrize("augment", CHOICES)
def test_what_is_read_and_when(augment):
    start, *rest = train(Config(augment=augment, steps=40))
    assert isinstance(start, Start)
    assert (start.total_steps, start.steps_per_epoch) == (40, 4)
    assert all(isinstance(item, Reading) for item in rest)
    assert [item.step for item in rest] == list(range(1, 41))
    assert rest[-1].scalars.keys() >= {"train/accuracy", "valid/accuracy", "test/accuracy"}
    assert rest[-1].pictures["augmented"].data.shape == (4, 6, 8, 8)


def test_the_hundred_images_are_the_seeds():
    def examples(seed, augment):
        start = next(train(Config(seed=seed, augment=augment)))
        return start.example

    assert torch.equal(examples(1, "none"), examples(1, "mild")), "so that seeds can be paired"
    assert not torch.equal(examples(1, "none"), examples(2, "none"))


@pytest.mark.parametrize(
    ("knobs", "word"),
    [({"augment": "x"}, "flip"), ({"images": 0}, "images"), ({"batch_size": 101}, "batch_size")],
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_mild_is_better_than_none_and_flip_is_worse_over_five_seeds():
    mean = {
        augment: sum(
            last(augmentation, seed=seed, augment=augment)["test/accuracy"] for seed in range(5)
        )
        / 5
        for augment in ("none", "mild", "flip")
    }
    assert mean["mild"] > mean["none"] > mean["flip"]
    assert mean["mild"] >= 0.90
