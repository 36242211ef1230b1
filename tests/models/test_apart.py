"""Windows behind windows against the singular values, and one known by algebra."""

import numpy as np
import pytest
import torch
from marks import last

from models import apart
from models.apart import Config, least, made, train, wanted, windows
from models.reading import Reading, Start


def test_the_kernels_that_are_wanted():
    for figure, angle in (("line", 0.0), ("line", 33.0), ("ring", 0.0)):
        kernel = wanted(figure, angle)
        assert kernel.shape == (7, 7)
        assert kernel.square().sum() == pytest.approx(1)
        torch.testing.assert_close(kernel, kernel.flip(0, 1), msg="half a turn changes nothing")
    upright = wanted("line", 0.0)
    torch.testing.assert_close(upright, upright[:1].expand(7, 7))
    assert upright.argmax(1).tolist() == [3] * 7
    torch.testing.assert_close(wanted("line", 90.0), upright.T, atol=1e-6, rtol=0)
    slanted = wanted("line", 45.0)
    torch.testing.assert_close(slanted, slanted.T)
    assert slanted.argmax(1).tolist() == [6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(("way", "maps", "weights"), [
    ("whole", 1, 49), ("1x7, 7x1", 1, 14), ("1x7, 7x1", 5, 70), ("3x3 thrice", 1, 27),
    ("3x3 thrice", 2, 72),
])  # fmt: skip
def test_what_the_ways_cost(way, maps, weights):
    assert sum(each.numel() for each in windows(way, maps).parameters()) == weights


@pytest.mark.parametrize("way", apart.WAYS)
def test_a_dot_shows_the_kernel_that_all_windows_make_together(way):
    torch.manual_seed(0)
    model = windows(way, 2 if way != "whole" else 1)
    picture = torch.randn(1, 1, 19, 19)
    with torch.no_grad():
        once = torch.nn.functional.conv2d(picture, made(model)[None, None], padding=3)
        torch.testing.assert_close(model(picture)[..., 3:-3, 3:-3], once[..., 3:-3, 3:-3])


@pytest.mark.parametrize("maps", [1, 2, 4, 7])
@pytest.mark.parametrize(("figure", "angle"), [("line", 45.0), ("line", 15.0), ("ring", 0.0)])
def test_rows_and_columns_end_where_the_singular_values_say(figure, angle, maps):
    kernel = wanted(figure, angle)
    u, s, v = np.linalg.svd(kernel.double().numpy())
    best = (u[:, :maps] * s[:maps]) @ v[:maps]
    theirs = ((kernel.numpy() - best) ** 2).sum()
    assert float(least(kernel, maps)) == pytest.approx(theirs, abs=1e-6)
    found = last(apart, figure=figure, angle=angle, maps=maps)
    assert found["kernel/missed"] == pytest.approx(theirs, abs=5e-4)
    assert found["kernel/weights"] == 14 * maps


def test_seven_ones_in_a_diagonal_are_three_small_windows():
    """1 + z + ... + z^6 has no real root: three real quadratics."""
    model = windows("3x3 thrice")
    roots = np.exp(2j * np.pi * np.arange(1, 4) / 7)
    with torch.no_grad():
        for layer, root in zip(model, roots, strict=True):
            layer.weight[0, 0] = torch.diag(torch.tensor([1.0, -2 * root.real, 1.0]))
        torch.testing.assert_close(made(model), torch.eye(7), atol=1e-6, rtol=0)


def test_what_is_read_and_when():
    start, *rest = train(Config(steps=45))
    assert isinstance(start, Start)
    assert all(isinstance(item, Reading) for item in rest)
    assert [item.step for item in rest] == list(range(1, 46))
    assert [item.step for item in rest if item.pictures] == [20, 40, 45]
    assert rest[-1].pictures["kernels"].data.shape == (1, 2, 7, 7)
    missed = (made(start.model) - wanted("line", 45.0)).square().sum()
    torch.testing.assert_close(rest[-1].scalars["kernel/missed"], missed.detach())


@pytest.mark.parametrize(
    ("knobs", "word"),
    [
        ({"figure": "x"}, "ring"),
        ({"way": "x"}, "thrice"),
        ({"maps": 0}, "maps"),
        ({"steps": 0}, "1"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(20))
def test_three_small_windows_make_a_slanted_line(seed):
    assert last(apart, seed=seed, way="3x3 thrice")["kernel/missed"] <= 0.1
