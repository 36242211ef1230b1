"""An unknown kernel: what slides against loops, and what is found against least squares."""

import pytest
import torch
from marks import last
from torch.nn import functional

from models import kernels
from models.kernels import DRAWN, KERNELS, SIDE, Config, kernel, layer
from models.reading import Reading


def columns(drawn):
    """A row for each result, a column for each weight of a 3x3 kernel."""
    return functional.unfold(drawn, 3).transpose(1, 2).reshape(-1, 9)


def final(**knobs):
    """The layer at the end of a run."""
    start, *_ = (items := list(kernels.train(Config(**knobs))))
    assert len(items) == 1 + Config(**knobs).steps
    return start.model


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("turned", [False, True])
def test_what_comes_out_is_a_sum_at_each_place(name, turned):
    picture = DRAWN["noise"](1, torch.Generator().manual_seed(0))
    out = functional.conv2d(picture, kernel(name, turned))[0, 0]
    rows = KERNELS[name]
    for y in range(SIDE - 2):
        for x in range(SIDE - 2):
            total = sum(
                rows[2 - v if turned else v][2 - u if turned else u] * picture[0, 0, y + v, x + u]
                for v in range(3)
                for u in range(3)
            )
            torch.testing.assert_close(out[y, x], total, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pictures", ["noise", "stripes", "dot", "digits"])
@pytest.mark.parametrize("pairs", [1, 40])
def test_descent_ends_where_least_squares_does(pictures, pairs):
    model = final(pictures=pictures, pairs=pairs, kernel="corner", steps=3000)
    drawn = DRAWN[pictures](pairs, torch.Generator().manual_seed(0))
    out = functional.conv2d(drawn, kernel("corner")).reshape(-1)
    # The smallest weights among those that fit: from zero, descent never leaves their span.
    exact = torch.linalg.pinv(columns(drawn).double(), rtol=1e-6) @ out.double()
    found = model.weight.detach().flatten().double()
    torch.testing.assert_close(found, exact, atol=2e-2, rtol=0)


def test_stripes_tell_the_sums_of_columns_and_nothing_else():
    weights = final(pictures="stripes").weight.detach()[0, 0]
    torch.testing.assert_close(weights.sum(0), torch.tensor([2.0, 1.0, 2.0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(weights, weights.mean(0).expand(3, 3), atol=1e-4, rtol=0)
    found = last(kernels)
    assert found["train/loss"] < 1e-10
    assert found["kernel/off"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["test/loss"] == pytest.approx(2, abs=0.2)


def test_one_picture_is_enough_for_nine_weights_and_not_for_2304():
    for pictures in ("noise", "dot"):
        assert last(kernels, pictures=pictures, pairs=1)["test/loss"] < 1e-4
    dense = last(kernels, pictures="noise", pairs=1, layer="dense")
    assert dense["train/loss"] < 1e-10
    assert dense["test/loss"] > 4
    assert "kernel/off" not in dense


def test_the_error_on_noise_is_the_sum_of_squares_of_what_the_weights_miss():
    drawn = DRAWN["noise"](5000, torch.Generator().manual_seed(1))
    missed = torch.tensor([0.5, -1, 0, 0, 0.25, 0, 0, 0, 1]).reshape(1, 1, 3, 3)
    found = functional.conv2d(drawn, missed).square().mean()
    assert float(found) == pytest.approx(float(missed.square().sum()), rel=0.02)


def test_a_turned_kernel_is_learnt_turned():
    weights = final(pictures="noise", kernel="corner", turned=True).weight.detach()
    torch.testing.assert_close(weights.flip(2, 3), kernel("corner"), atol=1e-4, rtol=0)


def test_a_dense_layer_can_say_the_same():
    model = layer("dense")
    assert sum(weights.numel() for weights in model.parameters()) == 2304
    basis = torch.eye(SIDE**2).reshape(-1, 1, SIDE, SIDE)
    matrix = functional.conv2d(basis, kernel("edge")).flatten(1).T
    model[1].weight.data.copy_(matrix)
    drawn = DRAWN["noise"](3, torch.Generator().manual_seed(2))
    torch.testing.assert_close(
        model(drawn), functional.conv2d(drawn, kernel("edge")), atol=1e-5, rtol=1e-5
    )


def test_a_run_is_repeated_bit_for_bit():
    assert last(kernels, seed=4, noise=0.5) == last(kernels, seed=4, noise=0.5)


def test_pictures_hold_the_weights_and_what_is_missed():
    readings = [x for x in kernels.train(Config(steps=20)) if isinstance(x, Reading)]
    assert [bool(each.pictures) for each in readings].count(True) == 2
    assert tuple(readings[-1].pictures["kernel"].data.shape) == (3, 3)
    assert tuple(readings[-1].pictures["missed"].data.shape) == (6, 6)


@pytest.mark.parametrize(
    "knobs", [{"pictures": "cats"}, {"kernel": "7"}, {"layer": "lstm"}, {"pairs": 0}, {"steps": 0}]
)
def test_what_makes_no_sense_is_refused(knobs):
    with pytest.raises(ValueError, match=next(iter(knobs))):
        next(kernels.train(Config(**knobs)))
