"""Looking into a network changes nothing in it, and tells what is there."""

import math
import random
from collections import Counter

import numpy
import pytest
import torch
from torch import nn

from models.reading import Reading, Start
from tutor.core.network import Gradients, Walked
from tutor.core.protocol import PictureSaved, Request, StepDetail, Vitals
from tutor.runner.record import Reader
from tutor.worker import vitals
from tutor.worker.events import EventLog, Gallery
from tutor.worker.vitals import Probe


class Net(nn.Module):
    """Dropout, batch norm and ReLUs: everything that a look could disturb."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2)
        )

    def forward(self, x):
        return self.body(x)


def train(steps=12, probe_with=None, network=Net):
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(32, 4), torch.randint(0, 2, (32,))
    probe = Probe(Start(model=model, optimizer=optimizer, example=x), probe_with)
    for step in range(1, steps + 1):
        if probe_with is not None:
            probe.prepare(1000.0 * step, step - 1, single=step == 5)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        if probe_with is not None:
            probe.look(step, single=step == 5)
    return model, torch.rand(3)


def events(folder):
    return list(Reader(folder).read())


def test_a_run_that_is_looked_into_is_the_same_run(tmp_path):
    plain, drawn = train()
    looked, drawn_too = train(probe_with=EventLog(tmp_path))
    for (name, a), b in zip(plain.state_dict().items(), looked.state_dict().values(), strict=True):
        assert torch.equal(a, b), name
    assert torch.equal(drawn, drawn_too)
    assert looked.training
    assert all(module.training for module in looked.modules())
    assert not any(module._forward_hooks for module in looked.modules())
    assert len([each for each in events(tmp_path) if isinstance(each, Vitals)]) == 12


def test_the_figures_are_those_of_torch(tmp_path):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))
    x = torch.randn(16, 3)
    probe = Probe(Start(model=model, example=x), EventLog(tmp_path))
    before = [each.detach().clone() for each in model.parameters()]
    probe.prepare(0.0, 0, single=True)
    model(x).square().mean().backward()
    with torch.no_grad():
        for each in model.parameters():
            each -= 0.1 * each.grad
    probe.look(1, single=True)
    found, detail = events(tmp_path)
    total = torch.cat([each.grad.flatten() for each in model.parameters()]).norm()
    assert found.gradient_norm == pytest.approx(float(total), rel=1e-5)
    ratios = sorted(
        float(0.1 * each.grad.norm() / old.norm())
        for each, old in zip(model.parameters(), before, strict=True)
    )
    assert found.update_ratio == pytest.approx(ratios[2], rel=1e-4)
    rows = {row.name: row for row in detail.parameters}
    assert rows["0.weight"].shape == [5, 3]
    assert rows["2.weight"].norm == pytest.approx(float(model[2].weight.detach().norm()), rel=1e-5)
    assert [(row.kind, row.shape) for row in detail.activations] == [
        ("Linear", [16, 5]),
        ("ReLU", [16, 5]),
        ("Linear", [16, 1]),
    ]
    assert detail.activations[0].mean == pytest.approx(float(model[0](x).detach().mean()), abs=1e-5)


@pytest.mark.parametrize("dead", [0, 2, 5])
def test_dead_units_are_those_that_no_sample_wakes(tmp_path, dead):
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))
    with torch.no_grad():
        model[0].weight.fill_(0.1)
        model[0].bias.copy_(torch.tensor([-50.0] * dead + [1.0] * (5 - dead)))
    probe = Probe(Start(model=model, example=torch.rand(8, 3)), EventLog(tmp_path))
    probe.prepare(0.0, 0)
    probe.look(1)
    assert events(tmp_path)[0].dead_relus == dead / 5


def test_a_channel_is_dead_when_all_its_pixels_are(tmp_path):
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    with torch.no_grad():
        model[0].bias.copy_(torch.tensor([-50.0, 50.0, 50.0, 50.0]))
    probe = Probe(Start(model=model, example=torch.rand(2, 1, 8, 8)), EventLog(tmp_path))
    probe.prepare(0.0, 0)
    probe.look(1)
    assert events(tmp_path)[0].dead_relus == 0.25


def test_nan_weights_explode_and_break_nothing(tmp_path):
    model = nn.Linear(2, 1)
    probe = Probe(Start(model=model, example=torch.rand(4, 2)), EventLog(tmp_path))
    probe.prepare(0.0, 0, single=True)
    model(torch.full((4, 2), math.inf)).sum().backward()
    probe.look(1, single=True)
    found, detail = events(tmp_path)
    assert found.exploded
    assert found.gradient_norm is None
    assert detail.parameters[0].gradient_norm is None


class Rude(nn.Linear):
    def forward(self, x):
        if not self.training:
            raise RuntimeError("never look at me")
        return super().forward(x)


def test_a_network_that_cannot_be_looked_into_is_left_alone(tmp_path, capsys):
    log = EventLog(tmp_path)
    model, _ = train(4, probe_with=log, network=lambda: nn.Sequential(Rude(4, 2), nn.ReLU()))
    assert capsys.readouterr().err.count("cannot be looked into") == 1
    assert events(tmp_path) == []
    assert all(module.training for module in model.modules())


def test_without_a_model_there_is_nothing_to_look_at(tmp_path):
    probe = Probe(Start(), EventLog(tmp_path))
    probe.prepare(0.0, 0, single=True)
    assert not probe.prepared
    probe.look(1, single=True)
    assert events(tmp_path) == []


def test_the_driver_looks_now_and_then_and_at_each_single_step(tmp_path, monkeypatch):
    from tutor.runner.control import send
    from tutor.worker.driving import Driver

    monkeypatch.setattr("tutor.worker.driving.on_terminate", lambda *_: None)
    monkeypatch.setattr("tutor.worker.driving.arm", lambda *_: None)
    monkeypatch.setattr("tutor.worker.driving.LOOK_SECONDS", 0.0)
    request = Request(
        run="r", course="c", exercise="e", entry="e", seconds=60, nonce="n", created=0.0
    )
    driver = Driver(request, "cpu", EventLog(tmp_path), tmp_path)
    model = nn.Linear(2, 1)

    def readings():
        yield Start(model=model, example=torch.rand(3, 2))
        for step in range(1, 8):
            model(torch.rand(3, 2)).sum().backward()
            if step == 3:
                send(tmp_path, "step")
            if step == 4:
                send(tmp_path, "resume")
            yield Reading(step, {"train/loss": 1.0})

    driver._readings = readings()
    driver.loop()
    found = events(tmp_path)
    assert [each.step for each in found if isinstance(each, StepDetail)] == [4]
    looked = [each.step for each in found if isinstance(each, Vitals)]
    assert looked[0] == 1
    assert 4 in looked
    assert vitals.SECONDS > 0.1
    assert len(looked) <= 3


def test_a_reading_before_the_first_step_is_no_step(tmp_path):
    probe = Probe(Start(model=nn.Linear(2, 1)), EventLog(tmp_path))
    probe.prepare(0.0, 0)
    probe.look(0)
    assert events(tmp_path) == []
    probe.look(1)
    assert len(events(tmp_path)) == 1


# --- what a pass could disturb ------------------------------------------------------------------------


class InPlace(nn.Module):
    """Changes its input, which may be a view of the training data."""

    def forward(self, x):
        return x.mul_(1.01)


class Buffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("passes", torch.zeros(()))

    def forward(self, x):
        self.passes += 1
        return x * (1 + 0.001 * self.passes)


class Attribute(nn.Module):
    passes = 0

    def forward(self, x):
        self.passes += 1
        return x * (1 + 0.001 * self.passes)


class Clamped(nn.Module):
    """Changes its own weight in each pass."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x):
        with torch.no_grad():
            self.weight.mul_(1.001)
        return x * self.weight


class Dice(nn.Module):
    def forward(self, x):
        return x + random.random() + numpy.random.rand() + float(torch.rand(()))


class Always(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x)


class Remembers(nn.Module):
    """An LSTM, whose weights are in a list besides."""

    def __init__(self):
        super().__init__()
        self.inner = nn.LSTM(4, 4, batch_first=True)

    def forward(self, x):
        return self.inner(x[:, None])[0].squeeze(1)


@pytest.mark.parametrize(
    "layer", [InPlace, Buffer, Attribute, Clamped, Dice, Always, Remembers, nn.Identity]
)
def test_no_layer_is_disturbed(layer, tmp_path):
    def run(look):
        torch.manual_seed(0)
        random.seed(0)
        numpy.random.seed(0)
        model = nn.Sequential(layer(), *Net().body)
        heard = []
        model[1].register_forward_hook(lambda *_: heard.append(1))
        model[2].eval()
        data, labels = torch.randn(32, 4), torch.randint(0, 2, (32,))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        log = EventLog(tmp_path)
        start = Start(model=model, optimizer=optimizer, example=data[:8])
        probe = Probe(start, log, Gallery(log))
        for step in range(1, 11):
            if look:
                probe.introduce()
                probe.prepare(1000.0 * step, step - 1, single=True)
            batch = torch.randint(32, (8,))
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(data[batch]), labels[batch]).backward()
            optimizer.step()
            if look:
                probe.look(step, single=True)
                assert probe.walk(step)
        left = [*model.state_dict().values(), data, torch.rand(3)]
        flags = [each.training for each in model.modules()]
        return left, (random.random(), numpy.random.rand(), flags, len(heard))

    plain, looked = run(False), run(True)
    assert all(torch.equal(a, b) for a, b in zip(plain[0], looked[0], strict=True))
    assert plain[1] == looked[1]
    told = Counter(type(each) for each in events(tmp_path))
    assert told[StepDetail] == told[Walked] == told[Gradients] == 10
    assert told[PictureSaved] >= 3


# --- units, precision, pace -----------------------------------------------------------------------------


def looked_at(folder, model, example=None, single=False, **options):
    probe = Probe(Start(model=model, example=example, **options), EventLog(folder))
    probe.prepare(0.0, 0, single=single)
    probe.look(1, single=single)
    return events(folder)


@pytest.mark.parametrize(
    ("layer", "shape", "share"),
    [
        (nn.Linear(3, 4), (16, 5, 3), 0.5),
        (nn.Conv1d(3, 4, 2), (16, 3, 9), 0.5),
        (nn.Linear(3, 4), (3, 3), None),
        (nn.Linear(3, 4), (3,), None),
    ],
)
def test_units_are_features_or_channels_and_a_few_values_are_no_evidence(
    layer, shape, share, tmp_path
):
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([-100.0, -100.0, 100.0, 100.0]))
    (found,) = looked_at(tmp_path, nn.Sequential(layer, nn.ReLU()), torch.rand(shape))
    assert found.dead_relus == share


def test_units_that_are_no_numbers_are_not_dead(tmp_path):
    model = nn.Sequential(nn.Linear(1, 2), nn.ReLU())
    with torch.no_grad():
        model[0].weight.fill_(math.nan)
    assert looked_at(tmp_path, model, torch.rand(8, 1))[0].dead_relus == 0.0


def test_half_precision_frozen_and_sparse_parameters(tmp_path):
    model = nn.Sequential(
        nn.Linear(4, 4), nn.Linear(4, 4).double(), nn.Embedding(9, 4, sparse=True)
    )
    model[1].weight.requires_grad_(False)
    model[0].half()
    for each in model[0].parameters():
        each.grad = torch.full_like(each, 30000.0)
    model[2](torch.tensor([1, 1])).sum().backward()
    found, detail = looked_at(tmp_path, model, single=True)
    assert found.gradient_norm == pytest.approx((20 * 30000.0**2 + 4 * 2**2) ** 0.5, rel=1e-3)
    assert not found.exploded
    assert detail.parameters[4].gradient_norm == pytest.approx(4.0)


def test_a_deep_network_gives_a_bounded_number_of_rows(tmp_path):
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(150)])
    _, detail = looked_at(tmp_path, model, torch.rand(4, 2), single=True)
    assert len(detail.parameters) == len(detail.activations) == vitals.ROWS


def test_of_several_steps_at_once_the_last_update_is_not_known(tmp_path):
    probe = Probe(Start(model=nn.Linear(2, 1)), EventLog(tmp_path))
    probe.prepare(0.0, 0)
    probe.look(3)
    assert events(tmp_path)[0].update_ratio is None


def steps_looked_at(folder, monkeypatch, cost):
    """A look at a network of that cost, by a clock of 100 steps a second over 30 seconds."""
    clock = [0.0]
    monkeypatch.setattr(vitals.time, "perf_counter", lambda: clock[0])

    class Slow(nn.Linear):
        def forward(self, x):
            clock[0] += cost
            return super().forward(x)

    model = nn.Sequential(Slow(1, 1), nn.ReLU())
    probe = Probe(Start(total_steps=3000, model=model, example=torch.rand(8, 1)), EventLog(folder))
    probe.prepare(0.0, 0)
    for step in range(1, 3001):
        probe.look(step)
        probe.prepare(step / 100, step)
    return [each.step for each in events(folder)]


def test_at_most_twice_a_second_after_the_first_step_and_after_the_last(tmp_path, monkeypatch):
    looked = steps_looked_at(tmp_path, monkeypatch, 0.0)
    assert looked[0] == 1
    assert looked[-1] == 3000
    assert 55 <= len(looked) <= 62


def test_a_network_that_costs_much_is_looked_at_less_often(tmp_path, monkeypatch):
    looked = steps_looked_at(tmp_path, monkeypatch, 0.05)
    assert looked[0] == 1
    assert looked[-1] == 3000
    assert len(looked) <= 9  # 5 s apart are 1 % of the time


def driven(folder, monkeypatch, train, **options):
    from tutor.worker.driving import Driver

    monkeypatch.setattr("tutor.worker.driving.on_terminate", lambda *_: None)
    given = {"seconds": 60, "nonce": "n", "created": 0.0, **options}
    request = Request(run="r", course="c", exercise="e", entry="e", **given)
    driver = Driver(request, "cpu", EventLog(folder), folder)
    driver._readings = train()
    driver.loop()
    return [each for each in events(folder) if isinstance(each, Vitals)]


def learning(total=None):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yield Start(model=model, optimizer=optimizer, example=torch.rand(4, 2), total_steps=total)
    for step in range(1, 21):
        optimizer.zero_grad()
        model(torch.ones(4, 2)).sum().backward()
        optimizer.step()
        yield Reading(step, {"train/loss": 1.0})


def test_the_end_of_a_run_is_looked_at(tmp_path, monkeypatch):
    first, last = driven(tmp_path, monkeypatch, learning)
    assert (first.step, last.step) == (1, 20)
    assert last.gradient_norm == pytest.approx(48**0.5)


def test_where_the_end_is_planned_its_update_is_known_too(tmp_path, monkeypatch):
    found = driven(tmp_path, monkeypatch, lambda: learning(20))
    assert found[-1].step == 20
    assert found[-1].update_ratio > 0


def test_a_run_cut_at_its_limit_is_not_looked_at_a_step_too_late(tmp_path, monkeypatch):
    found = driven(tmp_path, monkeypatch, learning, steps=10)
    assert [each.step for each in found] == [1]


def test_the_update_from_before_a_checkpoint_was_read_is_none(tmp_path, monkeypatch):
    found = driven(tmp_path, monkeypatch, learning, resumes="/elsewhere")
    assert found[0].step == 2
    assert found[0].update_ratio < 1
