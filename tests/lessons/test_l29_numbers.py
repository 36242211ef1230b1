"""Every number that the lesson on LeNet-5, AlexNet and VGG-16 states, worked out again."""

import importlib.util

import pytest
import torch
from evidence import COURSE, Lesson, ended
from torch import nn

from models import lenet
from models.alexnet import AlexNet
from models.frozen import NETWORKS, Config, TwoParts, train, weights
from models.vgg import VGG16

LESSON = Lesson("day2/29-three-architectures")
RUN = "arch.frozen"


def end(case, series="valid/accuracy", which="mid"):
    return LESSON.recorded(RUN, case, series)[which][-1]


@pytest.fixture(scope="module")
def traced():
    """Of each network, layer by layer: its kind, shape, parameters, multiplications."""
    with torch.device("meta"):
        one = lenet.network()
        nets = {
            "LeNet-5": (one[:6], one[6:], (1, 32, 32)),
            "AlexNet": (AlexNet().features, AlexNet().classifier, (3, 224, 224)),
            "VGG-16": (VGG16().features, VGG16().classifier, (3, 224, 224)),
        }
        return {name: [*walk(*net)] for name, net in nets.items()}


def walk(features, classifier, shape):
    x = torch.zeros(1, *shape, device="meta")
    for part, kind in ((features, "conv"), (classifier, "dense")):
        if kind == "dense" and not isinstance(part[0], nn.Conv2d):
            x = x.flatten(1)
        for layer in part.eval():
            x = layer(x)
            if isinstance(layer, nn.MaxPool2d):
                yield "pool", tuple(x.shape[1:]), 0, 0
            elif isinstance(layer, nn.Conv2d | nn.Linear):
                places = x[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
                yield kind, tuple(x.shape[1:]), weights(layer), places * layer.weight.numel()


def test_the_table_of_weights_and_work(traced):
    table = LESSON.rows("| network |  parameters |")
    assert [row[0] for row in table] == list(traced)
    for name, *told in table:
        rows = traced[name]
        parameters, products = (sum(row[i] for row in rows) for i in (2, 3))
        shares = [
            sum(row[i] for row in rows if row[0] == "conv") / whole
            for i, whole in ((2, parameters), (3, products))
        ]
        assert told == [
            str(parameters), f"{100 * shares[0]:.0f} %", str(products), f"{100 * shares[1]:.0f} %",
        ]  # fmt: skip


def test_the_three_lists(traced):
    lines = LESSON.figure("LeNet-5, 1998        AlexNet, 2012")[2:]
    starts = (1, 22, 45, 80)
    for name, start, stop in zip(traced, starts, starts[1:], strict=False):
        told = [line.ljust(90)[start:stop].replace(",", "").split() for line in lines]
        told = [each for each in told if each]
        # A line of VGG-16 may stand for several convolutions, alike from the second on.
        counts = [int(each[0]) if each[0].isdigit() else 1 for each in told]
        shapes = [row[1] for row in traced[name]]
        if name == "LeNet-5":
            shapes = [*shapes[:4], *shapes[4:]]
        at = 0
        for each, count in zip(told, counts, strict=True):
            at += count
            shape = shapes[at - 1]
            if len(shape) == 3 and shape[1] > 1:
                assert (int(each[-3]), int(each[-1])) == shape[:2], (name, each)
            else:
                assert int(each[-1]) == shape[0], (name, each)
        assert at == len(shapes)


def test_fc6_and_the_second_convolution(traced):
    rows = traced["VGG-16"]
    fc6 = next(row for row in rows if row[0] == "dense")
    assert fc6[2] == 512 * 7 * 7 * 4096 + 4096 == 102_764_544
    second = rows[1]
    assert second[2] == 36_928
    assert second[3] == 224 * 224 * 64 * 3 * 3 * 64 == 1_849_688_064
    assert round(second[3] / fc6[3]) == 18
    assert round(fc6[2] / second[2]) == 2783
    assert round(100 * fc6[2] / sum(row[2] for row in rows)) == 74
    assert 224 * 224 == 50_176
    dense = sum(row[2] for row in rows if row[0] == "dense")
    assert 0.89 < dense / sum(row[2] for row in rows) < 0.9
    assert round(dense / 1e6) == 124
    head = nn.Linear(1024, 1000, device="meta")
    assert round(weights(head) / 1e6) == 1
    assert LESSON.says("with one million parameters instead of 124 million")


def test_the_order_of_the_question(traced):
    whole = {name: sum(row[3] for row in rows) for name, rows in traced.items()}
    fc6 = next(row for row in traced["VGG-16"] if row[0] == "dense")[3]
    told = [whole["LeNet-5"], fc6, whole["AlexNet"], traced["VGG-16"][1][3]]
    assert told == sorted(told)
    assert [round(each / 1e6, 1 if each < 1e6 else 0) for each in told] == [0.4, 103, 724, 1850]


def test_stacks_of_small_windows():
    for maps in (32, 64, 128):
        stack = sum(nn.Conv2d(maps, maps, 3, bias=False).weight.numel() for _ in range(3))
        assert stack == 27 * maps**2
        assert nn.Conv2d(maps, maps, 7, bias=False).weight.numel() == 49 * maps**2
        pair, one = 2 * 9 * maps**2, nn.Conv2d(maps, maps, 5, bias=False).weight.numel()
        assert 100 * (1 - pair / one) == pytest.approx(28)
        assert pytest.approx(64) == 100 * (1 - 9 / 25)


def test_the_small_network():
    model = TwoParts("VGG-16")
    whole = weights(model)
    assert whole == 135_094
    assert round(100 * weights(model.classifier) / whole) == 57
    assert weights(TwoParts("LeNet-5").features) == 2572


def test_the_table_of_frozen_parts():
    table = LESSON.rows("| network | convolutions | they learn |")
    cases = {
        "LeNet-5": ("2", "lenet-convolutions", "lenet-dense"),
        "AlexNet": ("5", "alexnet-convolutions", "alexnet-dense"),
        "VGG-16": ("13", "convolutions", "dense-layers"),
    }
    assert [row[0] for row in table] == list(NETWORKS) == list(cases)
    for name, *told in table:
        many, *runs = cases[name]
        model = TwoParts(name)
        counts = [str(weights(part)) for part in (model.features, model.classifier)]
        ends = [f"{end(run):.2f}" for run in runs]
        assert told == [many, ends[0], counts[0], ends[1], counts[1]]
        assert many == str(sum(isinstance(each, nn.Conv2d) for each in model.features))
    assert [f"{end(run):.2f}" for run in ("all", "lenet-all")] == ["0.98", "0.98"]


@pytest.mark.slow
def test_forty_epochs_do_not_save_lenets_convolutions():
    _, last = ended(train(Config(network="LeNet-5", learns="convolutions", epochs=40)))
    assert f"{last['valid/accuracy']:.2f}" == "0.88"
    assert LESSON.says("even after 40 epochs they read about 0.88")


@pytest.mark.slow
def test_without_batch_norm_vgg_does_not_start():
    _, last = ended(train(Config(batch_norm=False)))
    assert f"{last['train/loss']:.2f}" == "2.30"


def test_the_choices_of_the_bet_are_apart():
    bands = {
        case: [end(case, "valid/accuracy", which) for which in ("lo", "hi")]
        for case in ("dense-layers", "lenet-convolutions", "convolutions")
    }
    assert 0.3 < bands["dense-layers"][0] <= bands["dense-layers"][1] < 0.55
    assert 0.6 < bands["lenet-convolutions"][0] <= bands["lenet-convolutions"][1] < 0.8
    assert bands["convolutions"][0] > 0.95


@pytest.mark.parametrize("c", [16, 64, 256])
def test_how_often_a_weight_is_used(c):
    layer = nn.Conv2d(c, c, 3, padding=1, bias=False, device="meta")
    places = layer(torch.zeros(1, c, 10, 10, device="meta"))[0, 0].numel()
    assert places == 100


@pytest.mark.parametrize("m", [128, 256, 512])
def test_parameters_of_a_dense_layer(m):
    layer = nn.Linear(m * 49, 4096, device="meta")
    assert weights(layer) == m * 49 * 4096 + 4096


def test_shapes_of_lenet():
    layers = nn.Sequential(nn.Conv2d(1, 6, 5), nn.MaxPool2d(2))
    assert tuple(layers(torch.zeros(64, 1, 32, 32)).shape) == (64, 6, 14, 14)


def test_offsets_of_lenet():
    model = lenet.network()
    assert sum(each.numel() for each in model.parameters() if each.dim() == 1) == 236
    assert weights(model) == 61_706


def test_the_solution_traces_the_three(traced):
    path = COURSE / LESSON.place / "solution/trace.py"
    spec = importlib.util.spec_from_file_location("trace_of_l29", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    layers = [("conv", 6, 5, 1, 0, 1), ("pool", 2, 2), ("conv", 16, 5, 1, 0, 1), ("pool", 2, 2)]
    layers += [("flatten",), ("dense", 120), ("dense", 84), ("dense", 10)]
    found = [row for row in module.trace(layers, (1, 32, 32)) if row[0] != (400,)]
    assert [row[1:] for row in found] == [row[2:] for row in traced["LeNet-5"]]
