"""The way down again: unpooling, the transpose, receptive fields, and what the switches are for."""

import pytest
import torch
from marks import last
from torch.nn import functional

from models import classifying, deconvnet
from models.deconvnet import Config, kept, look, measure, train
from models.reading import Reading, Start
from models.unpooling import ConvNet, corners, field, unpool


@pytest.fixture(scope="module")
def images():
    return classifying.splits("cpu")[1].images[:60]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return ConvNet()


# --- its parts ----------------------------------------------------------------------------------


def test_unpooling_agrees_with_torch():
    x = torch.randn(3, 4, 8, 8)
    pooled, switches = functional.max_pool2d(x, 2, return_indices=True)
    ours = unpool(pooled, switches)
    assert torch.equal(ours, functional.max_unpool2d(pooled, switches, 2))
    kept = ours != 0
    assert kept.sum() == pooled.numel()
    assert torch.equal(ours[kept], x[kept]), "each maximum is back where it was"


def test_switches_that_know_nothing_point_at_corners():
    pooled, switches = functional.max_pool2d(torch.randn(1, 2, 6, 6), 2, return_indices=True)
    found = unpool(pooled, corners(switches))
    assert torch.equal(found[:, :, ::2, ::2], pooled)
    assert found.count_nonzero() == pooled.count_nonzero()


def test_the_way_down_is_the_transpose_of_the_way_up(model, images):
    """One layer without its biases: the inner product is the same on either side."""
    with torch.no_grad():
        model.convolutions[0].bias.zero_()
        level = model.up(images[:5])[0]
        chosen = level.maps * (torch.rand_like(level.maps) < 0.3)
        down = model.down(chosen, [level])
        once = functional.conv2d(images[:5], model.convolutions[0].weight, padding=2)
        up = once.flatten(2).gather(2, level.switches.flatten(2)).reshape(chosen.shape)
    torch.testing.assert_close((down * images[:5]).sum(), (chosen * up).sum())


def test_the_way_down_is_linear_in_what_fired_together(model, images):
    with torch.no_grad():
        levels = model.up(images[:2])
        maps = levels[-1].maps
        torch.testing.assert_close(model.down(3 * maps, levels), 3 * model.down(maps, levels))
        assert model.down(torch.zeros_like(maps), levels).abs().max() == 0


# --- receptive fields ---------------------------------------------------------------------------


def test_receptive_fields_by_hand():
    # 5 wide and pooled: 6. Then 5 of those, 2 apart, and pooled again: 6 + 4 * 2 + 2 = 16.
    assert field(1, 8) == slice(14, 20)
    assert field(2, 4) == slice(10, 26)
    assert field(2, 0) == slice(0, 10), "cut by the border"
    assert field(2, 7) == slice(22, 32)


@pytest.mark.parametrize(("layer", "row", "column"), [(1, 3, 9), (2, 4, 4), (2, 0, 7)])
def test_a_place_sees_its_receptive_field_and_no_pixel_more(model, layer, row, column):
    # Maxima hide most of what a place depends on; the mean in their place shows all of it.
    x = torch.zeros(1, 1, 32, 32, requires_grad=True)
    y = x
    for convolution in model.convolutions[:layer]:
        y = functional.avg_pool2d(
            functional.conv2d(y, torch.ones_like(convolution.weight), padding=2), 2
        )
    y[0, 0, row, column].backward()
    seen = torch.zeros(32, 32, dtype=torch.bool)
    seen[field(layer, row), field(layer, column)] = True
    assert torch.equal(x.grad[0, 0] > 0, seen)


@pytest.mark.parametrize("layer", [1, 2])
def test_all_that_comes_down_lies_in_the_receptive_field(model, images, layer):
    found = look(model, images, Config(layer=layer))
    assert found.images.shape == (found.live, 9, 32, 32)
    assert measure(found, layer)["deconv/inside"] == pytest.approx(1)


# --- what excites -------------------------------------------------------------------------------


def test_the_images_are_those_that_excite_most_and_dead_features_are_left_out(model, images):
    with torch.no_grad():
        model.convolutions[1].bias[3] = -1000
        maps = model.up(images)[1].maps
    found = look(model, images, Config())
    assert found.live == 15
    peaks = maps[:, 0].flatten(1).amax(1)
    expected = peaks.topk(9).indices
    assert torch.equal(found.images[0], images[expected, 0])
    row, column = found.rows[0, 0], found.columns[0, 0]
    assert maps[expected[0], 0, row, column] == peaks.max()


def test_a_network_without_live_features_is_looked_at_too(model, images):
    with torch.no_grad():
        for convolution in model.convolutions:
            convolution.bias.fill_(-1000)
    found = look(model, images, Config())
    assert measure(found, 2) == {"deconv/live": 0.0, "deconv/inside": 0.0, "deconv/fit": 0.0}
    assert deconvnet.pictures(found, 2) == {}


# --- the filters --------------------------------------------------------------------------------


def test_how_much_of_a_filter_was_there_at_the_start():
    before = torch.randn(3, 1, 5, 5)
    now = torch.stack([4 * before[0], -before[1], before[2].flip(1)])
    found = kept(before, now)
    torch.testing.assert_close(found[:2], torch.tensor([1.0, -1.0]))
    a, b = before[2].flatten(), now[2].flatten()
    torch.testing.assert_close(found[2], a @ b / (a.norm() * b.norm()))


def test_the_picture_of_the_filters_is_grey_at_zero():
    before = torch.zeros(8, 1, 5, 5)
    before[:, :, 0, 0] = -0.2
    picture = deconvnet.drawn(before, -3 * before)
    assert picture.data.shape == (2, 8, 5, 5)
    assert picture.data[:, :, 1:].unique().tolist() == [0.5]
    assert picture.data[:, :, 0, 0].tolist() == [[0.0] * 8, [1.0] * 8]
    assert picture.caption.endswith(" ".join(["-1.00"] * 8))


def test_a_first_layer_that_is_frozen_or_begins_small():
    torch.manual_seed(2)
    expected = ConvNet().convolutions[0].weight.detach()
    start, *rest = train(Config(seed=2, epochs=1, frozen=True, start=0.1))
    torch.testing.assert_close(start.model.convolutions[0].weight.detach(), 0.1 * expected)
    assert float(rest[-1].scalars["filters/kept"]) == pytest.approx(1)
    start, *rest = train(Config(seed=2, epochs=1))
    assert float(rest[0].scalars["filters/kept"]) == pytest.approx(1)
    assert float(rest[-1].scalars["filters/kept"]) < 0.999
    torch.testing.assert_close(
        rest[-1].scalars["filters/kept"],
        kept(expected, start.model.convolutions[0].weight.detach()).mean(),
    )


# --- the run ------------------------------------------------------------------------------------


def test_what_is_read_and_when():
    start, *rest = train(Config(epochs=1))
    assert isinstance(start, Start)
    assert all(isinstance(item, Reading) for item in rest)
    assert [item.step for item in rest] == list(range(35))
    assert [item.step for item in rest if "deconv/fit" in item.scalars] == [0, 34]
    assert rest[-1].pictures["projections"].data.shape == (4, 9, 16, 16)
    assert rest[-1].pictures["images"].data.min() >= 0
    assert rest[-1].pictures["images"].data.max() <= 1


@pytest.mark.parametrize(
    ("knobs", "word"),
    [({"layer": 3}, "layer"), ({"divisor": 2}, "divisor"), ({"start": 0.0}, "start")],
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_what_comes_down_fits_the_images_by_the_switches_and_by_training(seed):
    readings = [item for item in train(Config(seed=seed)) if isinstance(item, Reading)]
    untrained, trained = (float(item.scalars["deconv/fit"]) for item in (readings[0], readings[-1]))
    assert float(readings[-1].scalars["test/accuracy"]) >= 0.94
    blind = last(deconvnet, seed=seed, switches=False)["deconv/fit"]
    assert trained >= 0.4
    assert trained >= blind + 0.1
    assert trained >= untrained + 0.2


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_filters_keep_to_their_start_unless_they_begin_small(seed):
    usual = last(deconvnet, seed=seed)
    small = last(deconvnet, seed=seed, start=0.1)
    assert usual["filters/kept"] >= 0.85
    assert small["filters/kept"] <= 0.8
    assert min(usual["test/accuracy"], small["test/accuracy"]) >= 0.93
