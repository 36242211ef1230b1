"""The dissected network: what is drawn and turned, against counting and torch's own layers."""

import pytest
import torch
from marks import last
from torch import nn

from models import anatomy, turned
from models.anatomy import Config, belie, maps, network
from models.data import digits
from models.data.mnist import Split
from models.reading import Reading
from models.turned import all_by, aslant, called, right, turn, wander


@pytest.fixture(scope="module")
def few():
    return anatomy.on("cpu", digits.splits()[1])


def test_parameters_layer_by_layer():
    counts = [sum(w.numel() for w in layer.parameters()) for layer in network()]
    assert [each for each in counts if each] == [160, 4640, 33_024, 2570]
    assert sum(counts) == 40_394
    assert all(f"{each:,}" in anatomy.__doc__ for each in counts if each)
    assert network()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_lies_are_as_many_as_asked_and_never_true(share):
    labels = torch.arange(1000) % 10
    told, lies = belie(labels, share, torch.Generator().manual_seed(1))
    assert int(lies.sum()) == round(1000 * share)
    assert torch.equal(told != labels, lies)
    assert told.min() >= 0
    assert told.max() <= 9


def test_every_other_digit_is_told_about_as_often():
    told, _ = belie(torch.zeros(9000, dtype=torch.long), 1.0, torch.Generator().manual_seed(2))
    counts = torch.bincount(told, minlength=10)
    assert counts[0] == 0
    assert 900 < counts[1:].min() <= counts[1:].max() < 1100


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, 4])
def test_a_quarter_turn_is_exact_and_against_the_clock(few, quarters):
    images = few.images[:9]
    found = all_by(images, 90 * quarters)
    torch.testing.assert_close(found, torch.rot90(images, quarters, (2, 3)), atol=1e-5, rtol=0)


def test_turning_there_and_back_loses_little(few):
    images = few.images[:50]
    back = all_by(all_by(images, 30), -30)
    there_and_there = all_by(all_by(images, 30), 30)
    assert (back - images).abs().mean() < 0.6 * (there_and_there - images).abs().mean()
    assert (there_and_there - all_by(images, 60)).abs().mean() < 0.12


def test_each_wanders_by_an_angle_of_its_own(few):
    images = few.images[:1].expand(200, -1, -1, -1)
    assert wander(images, 0, torch.Generator()) is images
    found = wander(images, 20, torch.Generator().manual_seed(0))
    assert len({tuple(each.flatten().tolist()) for each in found}) == 200
    far = [turn(images[:1], torch.tensor([float(way)])) for way in (-20, 20)]
    most = max(float((each - images[:1]).abs().mean()) for each in far)
    assert (found - images).abs().mean((1, 2, 3)).max() <= 1.05 * most


def test_shares_are_counted_among_the_images_of_a_digit(few):
    class Never(nn.Module):
        def forward(self, x):
            return nn.functional.one_hot(torch.full((len(x),), 4), 10).float()

    assert called(Never(), few, 6, 90).tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    fours = float((few.labels == 4).float().mean())
    assert float(right(Never(), few)) == pytest.approx(fours)
    assert float(aslant(Never(), few, 45)) == pytest.approx(fours)
    chance = torch.e / (torch.e + 9)
    assert float(turned.sure(Never(), few, 6, 90)) == pytest.approx(chance)


def test_it_is_looked_at_at_rest(few):
    torch.manual_seed(0)
    model = network(dropout=0.9)
    torch.testing.assert_close(turned.scores(model, few.images), turned.scores(model, few.images))
    assert model.training


def test_maps_are_those_of_the_layers(few):
    torch.manual_seed(0)
    model = network("mean")
    picture = maps(model, few.images[0])
    assert tuple(picture.data.shape) == (4, 8, 8, 8)
    first = model[:2](few.images[:1])[0, :8]
    torch.testing.assert_close(picture.data[0], first / first.amax())
    pooled = nn.functional.avg_pool2d(model[:2](few.images[:1]), 2)[0, :8]
    torch.testing.assert_close(picture.data[1][:, ::2, ::2], pooled / pooled.amax())


@pytest.mark.slow
def test_without_dropout_lies_are_learnt_and_with_it_they_are_not():
    knobs = {"wrong": 0.5, "epochs": 30, "seed": 1}
    without, within = (last(anatomy, dropout=p, **knobs) for p in (0.0, 0.5))
    assert without["lies/repeated"] > 0.25 > 0.1 > within["lies/repeated"]
    assert within["test/upright"] > without["test/upright"] + 0.05
    assert "lies/repeated" not in last(anatomy, epochs=1)


def test_a_run_is_repeated_bit_for_bit():
    knobs = {"seed": 3, "epochs": 2, "dropout": 0.5, "wrong": 0.3, "turned": 40.0}
    assert last(anatomy, **knobs) == last(anatomy, **knobs)


def test_pictures_come_at_the_end():
    readings = [x for x in anatomy.train(Config(epochs=1)) if isinstance(x, Reading)]
    found = readings[-1].pictures
    assert set(found) == {"a six, turned", "maps"}
    shares = found["a six, turned"].data
    assert tuple(shares.shape) == (4, 25)
    torch.testing.assert_close(shares.sum(0), torch.ones(25))


@pytest.mark.parametrize(
    "knobs",
    [{"pooling": "least"}, {"dropout": 1.0}, {"wrong": -0.1}, {"turned": 181}, {"epochs": 0}],
)
def test_what_makes_no_sense_is_refused(knobs):
    with pytest.raises(ValueError, match=next(iter(knobs))):
        next(anatomy.train(Config(**knobs)))


def test_a_split_keeps_its_labels():
    part = digits.splits()[2]
    found = anatomy.on("cpu", part)
    assert isinstance(found, Split)
    assert found.images.shape == (450, 1, 8, 8)
    assert torch.equal(found.labels, part.labels)
