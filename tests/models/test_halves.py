"""The halves of a cut network: who sees whom, how coloured a kernel is, and what lots say."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models import halves
from models.colours import apart, by_lot, shares, squares
from models.data import digits
from models.halves import MAPS, NETS, Config, Halves, paint, train
from models.reading import Reading, Start


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_grey_and_colour_stand_at_right_angles(seed):
    weights = torch.randn(4, 6, 3, 3, 3, generator=generator(seed))
    colour, whole = squares(weights)
    grey = 3 * weights.mean(2).square().sum((-2, -1))
    assert torch.allclose(colour + grey, whole, rtol=1e-4)


def test_how_coloured_three_weights_are():
    weights = torch.tensor([[3.0, 2.0, 1.0], [5.0, 5.0, 5.0], [1.0, -1.0, 0.0]])
    colour, whole = squares(weights[:, :, None, None])
    assert (colour / whole).tolist() == pytest.approx([2 / 14, 0, 1])


def test_a_kernel_at_random_is_two_thirds_coloured():
    colour, whole = squares(torch.randn(4000, 3, 3, 3, generator=generator()))
    assert float((colour / whole).mean()) == pytest.approx(2 / 3, abs=0.01)


def test_halves_that_differ_are_apart_and_by_lot_they_are_not():
    whole = torch.ones(5, 16)
    colour = torch.cat([torch.full((5, 8), 0.9), torch.full((5, 8), 0.1)], 1)
    assert shares(colour, whole)[0].tolist() == pytest.approx([0.9, 0.1])
    assert float(apart(colour, whole)) == pytest.approx(0.8)
    assert float(by_lot(colour, whole, generator())) < 0.3
    alike = torch.full((5, 16), 0.5)
    assert float(apart(alike, whole)) == float(by_lot(alike, whole, generator())) == 0


def test_a_lot_deals_each_kernel_once():
    colour, whole = torch.rand(2, 3, 16, generator=generator())
    ordered = by_lot(colour.sort().values, whole.gather(1, colour.argsort()), generator(1))
    assert float(ordered) == pytest.approx(float(by_lot(colour, whole, generator(2))), rel=0.2)


@pytest.mark.parametrize(("groups", "mixed"), [((1, 1), True), ((2, 1), True), ((2, 2), False)])
def test_a_half_sees_its_own_half_only_where_the_network_is_cut(groups, mixed):
    torch.manual_seed(0)
    model = Halves(groups, nets=3)
    x = torch.randn(2, 3, 8, 8)
    before = model.features(x)
    with torch.no_grad():
        first = model.features[0].weight.unflatten(0, (3, 2, -1))
        first[:, 0] += 1
    after = model.features(x)
    moved = (after != before).unflatten(1, (3, 2, MAPS[2] // 2)).flatten(3).any(3).any(0)
    assert moved[:, 0].any()
    assert bool(moved[:, 1].any()) == mixed


def test_networks_do_not_hear_each_other():
    torch.manual_seed(0)
    model, x = Halves(nets=3), torch.randn(4, 3, 8, 8)
    before = model(x)
    with torch.no_grad():
        for each in model.features:
            if isinstance(each, nn.Conv2d):
                each.weight.unflatten(0, (3, -1))[1] += 1
    after = model(x)
    assert [bool((after[i] != before[i]).any()) for i in range(3)] == [False, True, False]


@pytest.mark.parametrize("groups", halves.MEET.values())
def test_one_of_several_answers_as_it_would_alone(groups):
    torch.manual_seed(0)
    model, alone, x = Halves(groups, nets=3), Halves(groups, nets=1), torch.randn(4, 3, 8, 8)
    theirs = dict(model.named_parameters())
    with torch.no_grad():
        for name, mine in alone.named_parameters():
            parts = theirs[name].shape[0] // mine.shape[0]
            mine.copy_(theirs[name].unflatten(0, (parts, -1))[2])
    assert torch.allclose(alone(x)[0], model(x)[2], atol=1e-5)


def test_dense_is_linear():
    layer, x = halves.Dense(2, 5, 4), torch.randn(2, 7, 5)
    for net in range(2):
        expected = nn.functional.linear(x[net], layer.weight[net].T, layer.bias[net, 0])
        assert torch.allclose(layer(x)[net], expected, atol=1e-6)
    assert float(layer.weight.detach().abs().max()) <= 5**-0.5


def test_ink_and_paper_differ_in_brightness_and_the_label_is_the_inks_tint():
    blank = torch.stack([torch.zeros(8, 8), torch.ones(8, 8)]).repeat(200, 1, 1)
    painted, tints = paint(blank, generator())
    pixels = (painted[:, :, 0, 0] + 1) / 2
    assert torch.equal((pixels - pixels.mean(1, keepdim=True)).argmax(1)[1::2], tints[1::2])
    half = torch.zeros(300, 8, 8)
    half[:, :, 4:] = 1
    painted, tints = paint(half, generator(1))
    bright = (painted.mean(1) + 1) / 2
    contrast = (bright[:, 0, 0] - bright[:, 0, 7]).abs()
    assert 0.39 < float(contrast.min()) < 0.5
    assert (bright[:, 0, 0] > bright[:, 0, 7]).float().mean() == pytest.approx(0.5, abs=0.1)
    assert tints.bincount().min() > 70


@pytest.mark.parametrize(("task", "classes"), halves.TASKS.items())
def test_each_task_has_its_classes(task, classes):
    labels, inks = torch.arange(10).repeat_interleave(3), torch.arange(3).repeat(10)
    named = halves.named(task, labels, inks)
    assert len(named.unique()) == classes == int(named.max()) + 1


def test_a_short_run_keeps_the_contract():
    items = list(train(Config(epochs=2)))
    start, last = items[0], items[-1]
    assert isinstance(start, Start)
    assert isinstance(last, Reading)
    assert last.step == start.total_steps == 2 * (digits.TRAIN // 32)
    assert set(last.scalars) >= {"test/apart", "test/by lot", "test/accuracy", "valid/accuracy"}
    assert last.pictures["shares"].data.shape == (2, NETS)
    assert last.pictures["kernels"].data.shape == (6, MAPS[0] // 2, 3, 3)
    assert (
        0 <= float(last.pictures["kernels"].data.min()) < last.pictures["kernels"].data.max() <= 1
    )


def test_a_seed_is_a_run():
    one, two = (
        [item.scalars for item in train(Config(epochs=1)) if isinstance(item, Reading)]
        for _ in range(2)
    )
    assert all(
        float(a["train/loss"]) == float(b["train/loss"]) for a, b in zip(one, two, strict=True)
    )


@pytest.mark.parametrize(
    ("knobs", "word"), [({"meet": "x"}, "conv3"), ({"task": "x"}, "ink"), ({"epochs": 0}, "epochs")]
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))
