"""The loss around a path, and the plane that it is looked at in."""

import pytest
import torch
from torch.nn import functional

from models import mlp
from models.data.digits import Split, splits
from models.landscape import COLUMNS, ROWS, Config, landscape, losses, plane, train
from models.reading import Reading


def test_the_plane_of_a_flat_path_holds_all_of_it():
    corner = torch.zeros(50)
    corner[3], corner[7] = 1.0, -2.0
    other = torch.zeros(50)
    other[9] = 1.0
    path = torch.stack([torch.zeros(50), corner, corner + other, 3 * corner + other])
    directions, share = plane(path)
    torch.testing.assert_close(directions @ directions.T, torch.eye(2), atol=1e-5, rtol=0)
    assert float(share) == pytest.approx(1.0, abs=1e-5)
    walked = (path - path[-1]) @ directions.T
    assert (walked[0] <= 0).all()  # it begins at the lower left
    # Distances within the plane are those of the path itself.
    torch.testing.assert_close(torch.cdist(walked, walked), torch.cdist(path, path))


def test_the_plane_of_a_path_in_three_directions_misses_the_smallest():
    path = torch.cat([torch.diag(torch.tensor([3.0, 2.0, 1.0])), torch.zeros(1, 3)])
    _, share = plane(path)
    assert float(share) == pytest.approx(13 / 14, abs=1e-5)


def test_losses_at_many_places_are_those_of_the_network_there():
    model = mlp.network()
    data, _, _ = splits()
    few = Split(data.images[:20], data.labels[:20])
    own = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    places = torch.stack([own, 0 * own, own + 0.1])
    found = losses(model, places, few)
    for place, loss in zip(places, found, strict=True):
        torch.nn.utils.vector_to_parameters(place, model.parameters())
        torch.testing.assert_close(functional.cross_entropy(model(few.images), few.labels), loss)


def test_the_path_ends_where_the_network_stands():
    model = mlp.network()
    data, _, _ = splits()
    few = Split(data.images[:20], data.labels[:20])
    end = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    steps = torch.randn(5, len(end), generator=torch.Generator().manual_seed(0))
    picture = landscape(model, torch.cat([end + steps, end[None]]), few)
    assert picture.data.shape == (ROWS, COLUMNS)
    x, y = picture.points[-1].tolist()
    assert (x, y) == pytest.approx((0.0, 0.0), abs=1e-4)
    left, right, bottom, top = picture.extent
    for x, y in picture.points.tolist():
        assert left < x < right
        assert bottom < y < top


def test_a_short_run_looks_once_an_epoch():
    readings = [each for each in train(Config(epochs=2)) if isinstance(each, Reading)]
    seen = [each.step for each in readings if each.pictures]
    assert seen == [35, 70]
    assert float(readings[-1].scalars["test/accuracy"]) > 0.4
    losses_ = readings[-1].pictures["landscape"].data
    # Where it stands is lower than where it began: downhill.
    assert float(losses_.min()) < float(readings[0].scalars["train/loss"])


def test_weights_that_overflowed_span_no_plane():
    model = mlp.network()
    data, _, _ = splits()
    path = torch.zeros(3, sum(each.numel() for each in model.parameters()))
    path[1, 5] = torch.inf
    picture = landscape(model, path, Split(data.images[:5], data.labels[:5]))
    assert picture.role == "text"
    assert "not finite" in picture.caption
