"""Moved digits: what is exact about a move, and the marks of the three networks."""

import pytest
import torch
from marks import last
from torch import nn

from models import shifting
from models.data.digits import splits
from models.data.mnist import Split
from models.reading import Reading
from models.shifting import Around, Config, by, centred, dealt, moved, network, wander


@pytest.fixture(scope="module")
def images():
    return centred(splits()[1].images[:40])


def maps(model, images):
    """What the last convolution makes of them."""
    last_of_all = max(i for i, layer in enumerate(model) if isinstance(layer, nn.Conv2d))
    return model[: last_of_all + 1](images)


@torch.no_grad()
@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_at_a_stride_of_one_maps_go_along_and_answers_stay(images, pixels):
    torch.manual_seed(0)
    model = network("global", 1)
    after = moved(images, pixels, -pixels)
    went = maps(model, images).roll((pixels, -pixels), (2, 3))
    torch.testing.assert_close(maps(model, after), went, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(model(after), model(images), atol=1e-6, rtol=1e-5)


@torch.no_grad()
def test_at_a_stride_of_two_that_holds_for_even_moves_alone(images):
    torch.manual_seed(0)
    model = network("global", 2)
    torch.testing.assert_close(model(moved(images, 2, 2)), model(images), atol=1e-6, rtol=1e-5)
    went = maps(model, images).roll(1, 2)
    torch.testing.assert_close(maps(model, moved(images, 2, 0)), went, atol=1e-6, rtol=1e-5)
    assert (model(moved(images, 1, 0)) - model(images)).abs().max() > 1e-3


@torch.no_grad()
@pytest.mark.parametrize("name", ["dense", "conv"])
def test_a_weight_for_each_place_minds_every_move(images, name):
    torch.manual_seed(0)
    model = network(name)
    for pixels in (1, 2, 3):
        assert (model(moved(images, 0, pixels)) - model(images)).abs().max() > 1e-2


@torch.no_grad()
def test_a_dense_layer_is_the_same_function_of_dealt_pixels():
    images = splits()[1].images[:40]
    layer = nn.Linear(64, 5)
    order = dealt(torch.arange(64.0).reshape(1, 8, 8)).flatten().long()
    assert sorted(order.tolist()) == list(range(64))
    other = nn.Linear(64, 5)
    other.load_state_dict({"weight": layer.weight[:, order], "bias": layer.bias})
    torch.testing.assert_close(other(dealt(images).flatten(1)), layer(images.flatten(1)))


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (2, 2), (3, 1), (5, 1)])
def test_a_window_stands_at_every_place_of_a_closed_canvas(size, stride):
    images = torch.rand(3, 1, 14, 14)
    out = nn.MaxPool2d(size, stride)(Around(size)(images))
    assert out.shape == (3, 1, 14 // stride, 14 // stride)
    before = (size - 1) // 2
    windows = [
        images.roll((before - down, before - right), (2, 3))
        for down in range(size)
        for right in range(size)
    ]
    torch.testing.assert_close(out, torch.stack(windows).amax(0)[:, :, ::stride, ::stride])


@pytest.mark.parametrize("most", [0, 1, 3])
def test_wandering_loses_nothing_and_reaches_every_place(images, most):
    generator = torch.Generator().manual_seed(0)
    found = wander(images[:1].repeat(2000, 1, 1, 1), most, generator)
    torch.testing.assert_close(found.sum((1, 2, 3)), images[0].sum().expand(2000))
    places = {tuple(each.flatten().tolist()) for each in found}
    assert len(places) == (2 * most + 1) ** 2
    assert tuple(moved(images[:1], -most, most)[0].flatten().tolist()) in places


def test_moved_splits_have_four_of_each(images):
    split = Split(images, torch.arange(40))
    assert by(split, 0) is split
    again = by(split, 2)
    assert again.labels.tolist() == 4 * list(range(40))
    torch.testing.assert_close(again.images[:40, :, :, 2:], images[:, :, :, :-2])
    torch.testing.assert_close(again.images[-40:, :, :-2], images[:, :, 2:])


@pytest.mark.parametrize(
    ("name", "stride", "count"),
    [("dense", 2, 13_258), ("conv", 2, 21_578), ("global", 2, 6_218), ("global", 1, 6_218)],
)
def test_parameters(name, stride, count):
    model = network(name, stride)
    assert sum(weights.numel() for weights in model.parameters()) == count
    assert model(torch.zeros(2, 1, 14, 14)).shape == (2, 10)


@pytest.mark.slow
def test_a_dense_head_falls_and_the_greatest_of_each_map_does_not():
    found = last(shifting, epochs=6)
    assert found["test/still"] > 0.85
    assert found["test/by-2"] < 0.3
    found = last(shifting, network="global", epochs=6)
    assert found["test/by-2"] == pytest.approx(found["test/still"], abs=0.003)
    assert found["test/by-3"] == pytest.approx(found["test/by-1"], abs=0.003)
    assert found["test/worst"] == min(found[f"test/by-{n}"] for n in (1, 2, 3))


def test_a_run_is_repeated_bit_for_bit():
    assert last(shifting, seed=3, epochs=2, taught=2) == last(shifting, seed=3, epochs=2, taught=2)


def test_pictures_say_what_each_row_is_taken_for():
    readings = [
        x for x in shifting.train(Config(network="dense", epochs=2)) if isinstance(x, Reading)
    ]
    picture = readings[-1].pictures["moved"]
    assert tuple(picture.data.shape) == (4, 6, 14, 14)
    assert picture.caption.count(";") == 4


@pytest.mark.parametrize(
    "knobs", [{"network": "cnn"}, {"stride": 3}, {"pixels": "sorted"}, {"taught": 4}, {"epochs": 0}]
)
def test_what_makes_no_sense_is_refused(knobs):
    with pytest.raises(ValueError, match=next(iter(knobs))):
        next(shifting.train(Config(**knobs)))
