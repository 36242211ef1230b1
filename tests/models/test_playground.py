"""The playground: its clouds, its networks, and that depth does what it is there for."""

import math

import pytest
import torch

from models.playground import CLOUDS, EXTENT, Config, accuracy, cloud, network, train
from models.reading import Reading, Start


def dice():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("name", CLOUDS)
def test_clouds_are_balanced_and_stand_within_the_picture(name):
    places, classes = cloud(name, 400, 0.0, dice())
    assert int(classes.sum()) == 200
    left, right, bottom, top = EXTENT
    assert bool((places[:, 0] > left).all() and (places[:, 0] < right).all())
    assert bool((places[:, 1] > bottom).all() and (places[:, 1] < top).all())


def test_clouds_have_their_shapes():
    places, classes = cloud("circles", 200, 0.0, dice())
    radius = places.norm(dim=1)
    torch.testing.assert_close(radius, 0.4 + 0.8 * classes)
    places, classes = cloud("xor", 200, 0.0, dice())
    assert bool(((places[:, 0] * places[:, 1] > 0) == (classes == 0)).all())
    places, classes = cloud("spirals", 200, 0.0, dice())
    turn = torch.atan2(places[:, 1], places[:, 0]) - math.pi * classes
    way = 1.5 * math.tau * places.norm(dim=1) / 1.4
    torch.testing.assert_close(torch.cos(turn - way), torch.ones(200), atol=1e-4, rtol=0)


def test_an_unknown_cloud_is_refused_by_name():
    with pytest.raises(ValueError, match="moons, circles, xor, spirals"):
        cloud("moon", 10, 0.0, dice())


def test_networks_have_the_layers_asked_for():
    assert sum(each.numel() for each in network(0, 16, "relu").parameters()) == 3
    assert sum(each.numel() for each in network(2, 16, "tanh").parameters()) == 48 + 272 + 17


def test_accuracy_of_a_line():
    line = network(0, 1, "relu")
    with torch.no_grad():
        line[0].weight.copy_(torch.tensor([[1.0, 0.0]]))
        line[0].bias.zero_()
    places, classes = cloud("xor", 400, 0.0, dice())
    # A line through four corners has half of them right, whatever it does.
    assert float(accuracy(line, type(cloud("xor", 2, 0.0, dice()))(places, classes))) == (
        pytest.approx(0.5, abs=0.06)
    )


def test_circles_need_a_bend():
    def ends(**knobs):
        items = list(train(Config(points="circles", epochs=8, **knobs)))
        assert isinstance(items[0], Start)
        assert isinstance(items[-1], Reading)
        return float(items[-1].scalars["test/accuracy"])

    assert ends(layers=0) < 0.7
    assert ends(layers=2, activation="none") < 0.7
    assert ends(layers=1) > 0.9


def test_live_knobs_are_read_at_each_step():
    config = Config(layers=1, epochs=2)
    run = train(config)
    start = next(run)
    next(run)
    next(run)
    config.learning_rate, config.l2 = 0.5, 0.25
    next(run)
    (group,) = start.optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.25)
