"""A line in PyTorch: its loop against the closed form, and its marks."""

import pytest
import torch
from marks import last
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from models import line
from models.line import Config, Line, landscape, points, train_epoch, validate
from models.reading import Reading


def test_the_error_shrinks_as_the_pocket_calculator_says():
    # x = 1, -1: mean 0, variance 1, so both weights lose exactly twice the rate of their error.
    x = torch.tensor([[1.0], [-1.0]])
    y = line.SLOPE * x + line.OFFSET
    model = Line()
    start = torch.stack([model.a - line.SLOPE, model.b - line.OFFSET])
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(5):
        assert len(list(train_epoch(model, [(x, y)], nn.MSELoss(), optimizer))) == 1
    now = torch.stack([model.a - line.SLOPE, model.b - line.OFFSET])
    torch.testing.assert_close(now, start * 0.8**5)


def test_it_ends_where_least_squares_does():
    x, y = points(200, 0.1, torch.Generator().manual_seed(0))
    exact = torch.linalg.lstsq(torch.cat([x, torch.ones_like(x)], 1), y).solution[:, 0]
    model = Line()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(200):
        list(train_epoch(model, [(x, y)], nn.MSELoss(), optimizer))
    torch.testing.assert_close(torch.cat([model.a, model.b]), exact, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [1, 7, 20, 64])
def test_validation_weighs_points_and_leaves_nothing(size):
    x, y = points(20, 0.5, torch.Generator().manual_seed(1))
    model = Line()
    found = validate(model, DataLoader(TensorDataset(x, y), size), nn.MSELoss())
    torch.testing.assert_close(found, nn.functional.mse_loss(model(x), y).detach())
    assert model.a.grad is None


def test_the_landscape_is_lowest_at_the_line():
    x, y = points(500, 0.1, torch.Generator().manual_seed(2))
    drawn = landscape(x, y, [(0.0, 0.0), (2.0, 3.0)])
    row, column = divmod(int(drawn.data.argmin()), line.COLUMNS)
    assert abs(column - line.COLUMNS / 2) <= 1
    assert abs(row - line.ROWS / 2) <= 1
    assert drawn.extent == (-3.0, 7.0, -2.0, 8.0)


def test_the_notebooks_rate_is_too_small_and_a_hundred_times_it_is_right():
    slow, right = last(line), last(line, learning_rate=0.1)
    assert slow["test/loss"] > 1
    assert right["test/loss"] <= 0.02
    assert right["test/off"] <= 0.1


def test_a_run_is_repeated_bit_for_bit():
    assert last(line, seed=5) == last(line, seed=5)


def test_every_epoch_has_its_pictures():
    readings = [item for item in line.train(Config(epochs=2)) if isinstance(item, Reading)]
    assert [bool(each.pictures) for each in readings].count(True) == 2
    assert readings[-1].pictures["line"].role == "scatter"
    assert len(readings[-1].pictures["landscape"].points) == 3


def test_a_batch_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one point"):
        next(line.train(Config(batch_size=0)))
