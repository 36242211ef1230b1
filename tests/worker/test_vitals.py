"""Looking into a network changes nothing in it, and tells what is there."""

import math

import pytest
import torch
from torch import nn

from models.reading import Reading, Start
from tutor.core.protocol import Request, StepDetail, Vitals
from tutor.runner.record import Reader
from tutor.worker import vitals
from tutor.worker.events import EventLog
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
            probe.prepare(float(step), step - 1, single=step == 5)
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
