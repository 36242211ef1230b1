"""Two parts of three networks: whose weights they are, and that the frozen ones stay."""

import pytest
import torch
from marks import last

from models import frozen, lenet
from models.alexnet import AlexNet
from models.frozen import LEARNS, NETWORKS, Config, TwoParts, freeze, train, weights
from models.reading import Reading, Start
from models.vgg import VGG16

COUNTS = {"LeNet-5": (2572, 59_134), "AlexNet": (9212, 134_154), "VGG-16": (58_284, 76_810)}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_parts_are_the_network(name):
    model = TwoParts(name)
    assert (weights(model.features), weights(model.classifier)) == COUNTS[name]
    assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 10)


def test_shares_of_the_published_networks():
    with torch.device("meta"):
        one = lenet.network()
        parts = {
            "LeNet-5": (one[:6], one[6:]),
            **{
                name: (each.features, each.classifier)
                for name, each in (("AlexNet", AlexNet()), ("VGG-16", VGG16()))
            },
        }
    found = {name: weights(a) / (weights(a) + weights(b)) for name, (a, b) in parts.items()}
    assert {name: round(100 * each) for name, each in found.items()} == {
        "LeNet-5": 4,
        "AlexNet": 4,
        "VGG-16": 11,
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_two_parts_say_what_the_whole_says(name):
    torch.manual_seed(0)
    model = TwoParts(name).eval()
    torch.manual_seed(0)
    whole = {
        "LeNet-5": lenet.network,
        "AlexNet": lambda: AlexNet(divisor=16, small=True, classes=10),
        "VGG-16": lambda: VGG16(True, 16, small=True, classes=10),
    }[name]().eval()
    images = torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(model(images), whole(images))


@pytest.mark.parametrize("learns", LEARNS)
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_frozen_stays_as_it_was_drawn(name, learns):
    run = train(Config(network=name, learns=learns, epochs=1))
    start = next(run)
    assert isinstance(start, Start)
    before = {key: each.detach().clone() for key, each in start.model.named_parameters()}
    for _ in range(3):
        next(run)
    moved = {
        key.split(".")[0]
        for key, each in start.model.named_parameters()
        if not torch.equal(each, before[key])
    }
    wanted = {
        "all": {"features", "classifier"},
        "convolutions": {"features"},
        "dense layers": {"classifier"},
    }
    assert moved == wanted[learns]
    model = TwoParts(name)
    freeze(model, learns)
    learning = [weights(part, learning=True) for part in (model.features, model.classifier)]
    assert [each > 0 for each in learning] == [
        p in wanted[learns] for p in ("features", "classifier")
    ]


@pytest.mark.slow
def test_a_deep_random_eye_sees_little_and_a_deep_trained_one_enough():
    assert last(frozen, learns="convolutions", epochs=4)["test/accuracy"] > 0.7
    assert last(frozen, learns="dense layers", epochs=4)["test/accuracy"] < 0.5


def test_pictures_of_an_epoch():
    readings = [x for x in train(Config(network="LeNet-5", epochs=1)) if isinstance(x, Reading)]
    assert set(readings[-1].pictures) == {"confusion", "spread"}


def test_a_run_is_repeated_bit_for_bit():
    knobs = {"network": "AlexNet", "learns": "dense layers", "epochs": 1, "seed": 2}
    assert last(frozen, **knobs) == last(frozen, **knobs)


@pytest.mark.parametrize(
    "knobs", [{"network": "ResNet"}, {"learns": "nothing"}, {"batch_size": 1}, {"epochs": 0}]
)
def test_what_makes_no_sense_is_refused(knobs):
    with pytest.raises(ValueError, match=next(iter(knobs))):
        next(train(Config(**knobs)))
