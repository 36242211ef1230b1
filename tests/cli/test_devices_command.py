"""`dlwalk-tutor devices`: what each device does, once or again and again, in words or as JSON."""

import itertools
import json
from functools import partial

import pytest
from fakes.nvml import Card, FakeNvml

from tutor.cli import machine
from tutor.runner.devices import kept_open, survey
from tutor.session import devices as session


@pytest.fixture
def box(monkeypatch, tmp_path):
    """A machine with one card, on which no time passes between two looks."""
    nvml = FakeNvml([Card("GPU-a", free=20, utilisation=83, temperature=71, watts=412)])
    look = partial(survey, nvml, environment={}, root=tmp_path, build="")
    made = partial(session.Devices, look, kept_open=partial(kept_open, nvml))
    monkeypatch.setattr(session, "Devices", made)
    monkeypatch.setattr(session.time, "sleep", lambda _: None)
    return nvml


def until(monkeypatch, looks):
    """End a watch after so many looks, as ctrl+c does."""
    left = itertools.count()

    def sleep(_):
        if next(left) == looks:
            raise KeyboardInterrupt

    monkeypatch.setattr(session.time, "sleep", sleep)


def test_one_look_in_words(box, capsys):
    machine.devices()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "NVIDIA H100 80GB HBM3"
    assert [line.split()[0] for line in lines[1:6]] == [
        *("utilisation", "memory", "temperature", "power", "others")
    ]
    assert "83 %" in lines[1]
    assert "60.0 of 80 GiB" in lines[2]
    assert lines[7].startswith("CPU, ")
    assert box.inits == 0


def test_one_look_as_json(box, capsys):
    box.cards[0].silent = ("GetPowerUsage",)
    machine.devices(as_json=True)
    found = json.loads(capsys.readouterr().out)
    card, cpu = found["devices"]
    assert (card["id"], card["utilisation"], card["power"]) == ("GPU-a", 83, None)
    assert card["memory_total"] - card["memory_free"] == 60 * 2**30
    assert cpu["kind"] == "cpu"
    assert found["trouble"] == ""


def test_a_watch_is_a_line_of_json_for_each_look(box, capsys, monkeypatch):
    until(monkeypatch, 3)
    with pytest.raises(KeyboardInterrupt):
        machine.devices(watch=True, as_json=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert {json.loads(line)["devices"][0]["temperature"] for line in lines} == {71}
    assert box.inits == 0


def test_a_watch_into_a_pipe_is_one_look_after_the_other(box, capsys, monkeypatch):
    until(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        machine.devices(watch=True)
    assert capsys.readouterr().out.count("412 of 700 W") == 2


def test_without_a_gpu_it_says_so(capsys, monkeypatch, tmp_path):
    look = partial(survey, environment={}, root=tmp_path, build="")
    monkeypatch.setattr(session, "Devices", partial(session.Devices, look))
    monkeypatch.setattr(session.time, "sleep", lambda _: None)
    machine.devices()
    assert "There is no GPU here" in capsys.readouterr().out


def test_macos_says_what_it_does_not_tell(tmp_path, monkeypatch):
    monkeypatch.setattr(session.sys, "platform", "darwin")
    seen = survey(environment={}, root=tmp_path, build="")
    assert any("macOS" in sentence for sentence in session.remarks(seen))
