"""One sample on its way through a network, and histograms of its layers, as pictures of a run."""

import itertools
import json
import math

import pytest
import torch
from torch import nn

from models.reading import Reading, Start
from tutor.core.bitmap import Drawing, draw
from tutor.core.network import Anatomy, Gradients, Walked
from tutor.core.protocol import Ack, PictureSaved, Readings, Request, Vitals
from tutor.runner.control import send
from tutor.runner.record import Reader
from tutor.worker import histograms as spread
from tutor.worker.driving import Driver
from tutor.worker.events import EventLog, picture_json
from tutor.worker.histograms import BINS, Clock, histograms
from tutor.worker.walking import CHANNELS, SIDE, picture, walk


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(6 * 36, 10)
    )


def read(folder, name):
    return json.loads((folder / name).read_bytes())


# --- pictures -----------------------------------------------------------------------------------------


def test_every_tensor_on_the_way_is_kept_as_it_was(tmp_path):
    model, images = network(), torch.rand(4, 1, 8, 8)
    anatomy, walked = walk(model, images, 7, tmp_path)
    assert [row.kind for row in anatomy.layers] == [
        "Sequential",
        "Conv2d",
        "ReLU",
        "Flatten",
        "Linear",
    ]
    assert (walked.step, len(walked.files)) == (7, 5)
    given = read(tmp_path, walked.given)
    assert given["shape"] == [1, 1, 8, 8]
    assert "step 7" in given["caption"]
    # The ReLU writes over what the convolution made; its picture was drawn before that.
    conv, relu = (read(tmp_path, name) for name in walked.files[1:3])
    made = model[0](images[:1]).detach()
    assert conv["caption"].split()[3].rstrip(":") == f"{float(made.min()):.3g}"
    assert relu["caption"].split()[3] == "0"
    assert conv["shape"] == [2, 3, 6, 6]
    logits = read(tmp_path, walked.files[4])
    assert (logits["role"], logits["shape"]) == ("histogram", [10, 2])
    values = torch.tensor(logits["data"]).reshape(10, 2)[:, 1]
    assert torch.allclose(values, model(images[:1])[0].detach(), rtol=1e-3)
    assert not list((tmp_path / "walk").glob("*.new"))


def test_a_later_walk_takes_the_place_of_the_one_before(tmp_path):
    model, images = network(), torch.rand(4, 1, 8, 8)
    walk(model, images, 1, tmp_path)
    count = len(list((tmp_path / "walk").iterdir()))
    with torch.no_grad():
        model[3].bias.fill_(5.0)
    _, walked = walk(model, images, 2, tmp_path)
    assert len(list((tmp_path / "walk").iterdir())) == count
    assert "step 2" in read(tmp_path, walked.files[4])["caption"]
    assert min(read(tmp_path, walked.files[4])["data"][1::2]) > 3


@pytest.mark.parametrize(
    ("shape", "role", "drawn"),
    [
        ((4, 3, 8, 8), "image_grid", (1, 3, 8, 8)),
        ((4, 6, 5, 5), "image_grid", (2, 3, 5, 5)),
        ((4, 200, 5, 5), "image_grid", (4, 4, 5, 5)),
        ((1, 1, 500, 250), "image_grid", (1, 1, SIDE, SIDE // 2)),
        ((4, 2, 3, 8, 8), "image_grid", (2, 3, 8, 8)),
        ((4, 7), "histogram", (7, 2)),
        ((4, 120, 1, 1), "heat_map", (8, 15)),
        ((4, 84), "heat_map", (7, 12)),
        ((4, 97), "heat_map", (8, 13)),
        ((4, 9, 32), "heat_map", (9, 32)),
        ((4, 9, 1000), "heat_map", (9, SIDE)),
        ((4, 100_000), "heat_map", (SIDE, SIDE)),
        ((4,), "histogram", (4, 2)),
        ((), "histogram", (1, 2)),
        ((0, 3), "text", (0,)),
    ],
)
def test_every_shape_has_its_picture(shape, role, drawn):
    found = Drawing.from_json(picture_json(picture(torch.randn(shape), batch=4)))
    assert found.role == role
    assert found.shape == drawn
    assert math.prod(found.shape) <= max(SIDE * SIDE, CHANNELS * 64)
    assert draw(found, 60, 20)


@pytest.mark.parametrize("kind", [torch.int64, torch.bool, torch.bfloat16, torch.complex64])
def test_every_type_has_its_picture(kind):
    found = picture(torch.ones(2, 3, 4, 4).to(kind), batch=2)
    assert found.role == "image_grid"
    assert "1 to 1" in found.caption


def test_what_is_no_number_is_told_and_drawn_as_nothing():
    maps = torch.rand(1, 4, 3, 3)
    maps[0, 0] = math.nan
    maps[0, 1, 0, 0] = -math.inf
    found = picture(maps)
    assert "28% NaN or infinite" in found.caption
    assert "inf to" not in found.caption
    raw = json.loads(picture_json(found))
    assert raw["data"].count(None) == 10
    assert all(0 <= value <= 1 for value in raw["data"] if value is not None)
    assert draw(Drawing.from_json(picture_json(found)), 40, 10)
    everything = picture(torch.full((1, 8), math.nan))
    assert everything.caption == "not one finite number"
    assert draw(Drawing.from_json(picture_json(everything)), 40, 10)


def test_huge_numbers_do_not_run_over():
    found = picture(torch.tensor([[[[3e38, -3e38], [0.0, 3e38]]]]))
    assert found.data.tolist() == [[[[1.0, 0.0], [0.5, 1.0]]]]


# --- histograms ---------------------------------------------------------------------------------------


def test_histograms_hold_the_share_of_each_bin():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))
        model[0].bias.fill_(-1.0)
    model(torch.ones(3, 2)).sum().backward()
    found = histograms(model, torch.rand(5, 2))
    assert list(found) == ["spread of weights", "spread of gradients", "spread of activations"]
    for each in found.values():
        assert each.role == "histograms"
        assert each.data.shape[1] == BINS
        assert torch.allclose(each.data.sum(1), torch.ones(len(each.data)), atol=0.02)
    weights = found["spread of weights"]
    assert weights.labels == ("0", "2")
    low, high = weights.extent[:2]
    assert low == -high
    at = [low + (i + 0.5) * (high - low) / BINS for i in range(BINS)]
    shares = {
        round(place): share
        for place, share in zip(at, weights.data[0].tolist(), strict=True)
        if share
    }
    assert shares == {-1: 0.5, 1: 0.5}
    assert found["spread of gradients"].extent[:2] == (-10.0, 2.0)
    assert found["spread of activations"].labels == ("0", "1", "2")


def test_gradients_lie_at_their_power_of_ten_and_zero_at_the_lowest():
    model = nn.Linear(2, 1, bias=False)
    model.weight.grad = torch.tensor([[1e-4 * 1.2, 0.0]])
    (row,) = histograms(model, None)["spread of gradients"].data.tolist()
    low, high = spread.DECADES
    bin_of = int((-4 + 0.08 - low) / (high - low) * BINS)
    assert (row[0], row[bin_of]) == (0.5, 0.5)


def test_broken_layers_are_named_and_the_others_still_shown():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    with torch.no_grad():
        model[1].weight.fill_(math.nan)
        model[1].bias.fill_(math.inf)
    found = histograms(model, torch.rand(4, 3))
    assert "NaN or infinite in 1" in found["spread of weights"].caption
    assert found["spread of weights"].data[0].sum() > 0.9
    assert found["spread of weights"].data[1].sum() == 0
    assert all(math.isfinite(end) for end in found["spread of weights"].extent)


def test_of_many_layers_some_are_shown_and_few_bytes_are_written():
    model = nn.Sequential(*[nn.Linear(4, 4) for _ in range(300)])
    found = histograms(model, torch.rand(2, 4))
    labels = found["spread of weights"].labels
    assert (len(labels), labels[0], labels[-1]) == (spread.LAYERS, "0", "299")
    assert sum(len(picture_json(each)) for each in found.values()) < 12_000


def test_a_large_tensor_is_sampled_and_a_stride_meets_every_column():
    model = nn.Linear(64, 1 << 15, bias=False)
    with torch.no_grad():
        model.weight.zero_()
        model.weight[:, ::2] = 1.0
    (row,) = histograms(model, None)["spread of weights"].data.tolist()
    assert sorted(row)[-2:] == pytest.approx([0.5, 0.5], abs=0.02)


@pytest.mark.parametrize("hours", [0.02, 1, 24, 240])
def test_a_run_of_any_length_keeps_at_most_200(hours):
    clock = Clock()
    taken = [second for second in range(int(hours * 3600)) if clock.due(float(second))]
    assert len(taken) <= spread.MOST - 1
    assert min(b - a for a, b in itertools.pairwise(taken)) >= spread.SECONDS
    assert taken[-1] > 0.02 * 3600 * 0.9


# --- a run --------------------------------------------------------------------------------------------


def drive(folder, monkeypatch, steps=12, act=lambda step: None, start=True, limit=None):
    """A run of a small network under the driver; returns every event."""
    for name in ("on_terminate", "arm"):
        monkeypatch.setattr(f"tutor.worker.driving.{name}", lambda *_: None)
    monkeypatch.setattr("tutor.worker.driving.LOOK_SECONDS", 0.0)
    model, images = network(), torch.rand(8, 1, 8, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train():
        yield Start(total_steps=steps, model=model, example=images) if start else Start()
        for step in range(1, steps + 1):
            optimizer.zero_grad()
            loss = model(images).square().mean()
            loss.backward()
            optimizer.step()
            act(step)
            yield Reading(step, {"train/loss": loss.detach()})

    folder.mkdir(exist_ok=True)
    request = Request(
        run="r",
        course="c",
        exercise="e",
        entry="e",
        seconds=60,
        nonce="n",
        created=0.0,
        steps=limit,
    )
    driver = Driver(request, "cpu", EventLog(folder), folder)
    driver._readings = train()
    driver.loop()
    return list(Reader(folder).read())


def only(kind, events):
    return [each for each in events if isinstance(each, kind)]


def test_the_first_reading_is_out_before_the_network_is_taken_apart(tmp_path, monkeypatch):
    events = drive(tmp_path, monkeypatch)
    kinds = [type(each) for each in events]
    assert kinds.index(Readings) < kinds.index(Anatomy) < kinds.index(Vitals)
    assert len(only(Anatomy, events)) == 1
    assert only(Anatomy, events)[0].flops == 2 * (9 * 6 * 36 + 216 * 10)


def test_the_end_of_a_run_keeps_its_tensors_its_gradient_and_its_histograms(tmp_path, monkeypatch):
    events = drive(tmp_path, monkeypatch)
    (walked,) = only(Walked, events)
    assert walked.step == 12
    assert all((tmp_path / name).is_file() for name in [walked.given, *walked.files])
    last = only(Gradients, events)[-1]
    assert (last.step, last.names) == (12, ["0", "3"])
    assert all(norm > 0 for norm in last.norms)
    assert all(0 < ratio < 1 for ratio in last.ratios)
    saved = only(PictureSaved, events)
    assert {each.name for each in saved if each.step == 12} == {
        "spread of weights",
        "spread of gradients",
        "spread of activations",
    }


def test_a_run_that_ends_at_its_limit_walks_there_and_not_a_step_later(tmp_path, monkeypatch):
    events = drive(tmp_path, monkeypatch, limit=5)
    (walked,) = only(Walked, events)
    assert walked.step == 5
    by_hand = drive(tmp_path / "five", monkeypatch, steps=5)
    (other,) = only(Walked, by_hand)
    logits = [read(tmp_path, walked.files[4]), read(tmp_path / "five", other.files[4])]
    assert logits[0]["data"] == logits[1]["data"]


def test_a_walk_is_had_between_two_readings(tmp_path, monkeypatch):
    events = drive(
        tmp_path, monkeypatch, act=lambda step: send(tmp_path, "walk") if step == 4 else None
    )
    (ack,) = only(Ack, events)
    assert (ack.do, ack.ok, ack.step) == ("walk", True, 4)
    assert [each.step for each in only(Walked, events)] == [4, 12]
    # The gradient of the step after it is told too, though none was due.
    assert 5 in [each.step for each in only(Gradients, events)]


def test_each_single_step_walks(tmp_path, monkeypatch):
    def act(step):
        if step == 3:
            send(tmp_path, "step")
        if step == 4:
            send(tmp_path, "resume")

    events = drive(tmp_path, monkeypatch, act=act)
    assert [each.step for each in only(Walked, events)] == [4, 12]


def test_without_a_network_a_walk_is_refused_in_words(tmp_path, monkeypatch):
    events = drive(
        tmp_path,
        monkeypatch,
        start=False,
        act=lambda step: send(tmp_path, "walk") if step == 4 else None,
    )
    (ack,) = only(Ack, events)
    assert not ack.ok
    assert "no network" in ack.note
    assert not only(Walked | Anatomy | Gradients, events)
