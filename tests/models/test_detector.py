"""The scenes, what the detector is asked of them, and what it finds."""

import pytest
import torch
import torchvision
from marks import last

from models import detector
from models.boxes import iou, mean_average_precision
from models.data import scenes
from models.data.scenes import Scenes
from models.detector import Config, Targets, centres, detect, loss, network, targets, truths
from models.reading import Reading, Start


@pytest.fixture(scope="module")
def some():
    return scenes.splits(counts=(40, 10, 10))


# --- the scenes ---------------------------------------------------------------------------------


def test_scenes_hold_what_they_say(some):
    train = some[0]
    there = train.labels >= 0
    assert there.any(1).all(), "one digit at least"
    assert there.sum(1).max() == 3
    size = train.boxes[..., 2:] - train.boxes[..., :2]
    assert torch.equal(size[..., 0], size[..., 1])
    assert size[there].min() >= 9
    assert size[there].max() <= 14
    assert train.boxes.min() >= 0
    assert train.boxes.max() <= 32
    for boxes, labels, classes in zip(train.boxes, train.labels, train.classes, strict=True):
        seen = labels >= 0
        shared = iou(boxes[seen], boxes[seen]).fill_diagonal_(0)
        assert shared.max() == 0, "none over another's square"
        inside = torch.zeros(32, 32, dtype=torch.bool)
        for (left, top, right, bottom), label in zip(
            boxes[seen].long().tolist(), labels[seen].tolist(), strict=True
        ):
            square = classes[top:bottom, left:right]
            assert set(square.unique().tolist()) == {0, label + 1}
            inside[top:bottom, left:right] = True
        assert (classes[~inside] == 0).all()


def test_the_same_seed_makes_the_same_scenes_and_the_tests_are_always_the_same(some):
    again, other = scenes.splits(counts=(40, 10, 10)), scenes.splits(1, counts=(40, 10, 10))
    assert torch.equal(some[0].images, again[0].images)
    assert not torch.equal(some[0].images, other[0].images)
    assert torch.equal(some[2].images, other[2].images)


def test_there_is_ink_where_a_digit_is_and_noise_elsewhere(some):
    train = some[0]
    assert train.images[:, 0][train.classes > 0].mean() > 0.6
    assert train.images[:, 0][train.classes == 0].std() == pytest.approx(0.1, abs=0.05)


# --- what is asked ------------------------------------------------------------------------------


def scene(*entries):
    boxes = torch.tensor([entry[:4] for entry in entries], dtype=torch.float)[None]
    labels = torch.tensor([entry[4] for entry in entries])[None]
    return Scenes(torch.zeros(1, 1, 32, 32), torch.zeros(1, 32, 32).long(), boxes, labels)


def test_cells_near_a_centre_are_asked_by_hand():
    # Centre at (12, 8): the cells whose middles lie within 4 pixels, 2, 6, 10, ... apart.
    wanted = targets(scene((6, 2, 18, 14, 7), (0, 0, 0, 0, -1)), near=4.0)
    assert wanted.near[0].nonzero().tolist() == [[1, 2], [1, 3], [2, 2], [2, 3]]
    assert wanted.sides[0, :, 1, 2].tolist() == [10 - 6, 6 - 2, 18 - 10, 14 - 6]
    assert (wanted.labels[0][wanted.near[0]] == 7).all()


def test_of_two_centres_the_nearer_is_asked_for():
    wanted = targets(scene((0, 0, 9, 9, 1), (9, 0, 18, 9, 2)), near=8.0)
    # The middles 2, 6, 10, 14 across; the centres 4.5 and 13.5; the border between them at 9.
    assert wanted.labels[0, 1, :4].tolist() == [1, 1, 2, 2]
    assert wanted.near[0, 1, :4].all()
    assert (wanted.sides.permute(0, 2, 3, 1)[wanted.near] > 0).all()


def perfect(wanted: Targets, data: Scenes):
    """The output of a detector that says exactly what is asked, and is sure of it."""
    output = torch.full((len(data.images), 15, 8, 8), -20.0)
    output[:, 0][wanted.near] = 20
    output[:, 1:5] = wanted.sides.clamp_min(1e-3).log()
    output[:, 5:] = 20 * torch.nn.functional.one_hot(wanted.labels, 10).permute(0, 3, 1, 2)
    return output


class Says(torch.nn.Module):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, images):
        return self.output


def test_to_say_what_is_asked_costs_nothing_and_finds_everything(some):
    data = some[1]
    wanted = targets(data, near=4.0)
    output = perfect(wanted, data)
    assert loss(output, wanted, class_weight=1.0) == pytest.approx(0, abs=1e-4)
    found = detect(Says(output), data.images, Config())
    truth = truths(data)
    assert [len(each) for each in found] == [len(each) for each in truth]
    assert mean_average_precision(found, truth, 10) == 1
    assert mean_average_precision(found, truth, 10, 0.95) == 1


def test_without_suppression_each_digit_is_found_once_for_each_cell(some):
    data = some[1]
    wanted = targets(data, near=4.0)
    output = perfect(wanted, data)
    found = detect(Says(output), data.images, Config(suppress=False))
    assert sum(len(each) for each in found) == wanted.near.sum()
    digits = (data.labels >= 0).sum()
    assert wanted.near.sum() > 2 * digits


def test_the_loss_of_sides_is_minus_the_logarithm_of_the_overlap():
    wanted = targets(scene((6, 2, 18, 14, 7)), near=4.0)
    output = perfect(wanted, scene((6, 2, 18, 14, 7)))
    generator = torch.Generator().manual_seed(0)
    said = 3 + 9 * torch.rand(1, 4, 8, 8, generator=generator)
    output[:, 1:5] = said.log()
    middle = centres().permute(2, 0, 1)[None]

    def boxes(sides):
        both = torch.cat([middle - sides[:, :2], middle + sides[:, 2:]], 1)
        return both.permute(0, 2, 3, 1)[wanted.near]

    shared = torchvision.ops.box_iou(boxes(said), boxes(wanted.sides)).diagonal()
    assert loss(output, wanted, 1.0).item() == pytest.approx(-shared.log().mean().item(), abs=1e-4)


# --- the run ------------------------------------------------------------------------------------


def test_the_network_makes_a_grid():
    assert network()(torch.zeros(2, 1, 32, 32)).shape == (2, 15, 8, 8)
    assert centres()[0, 1].tolist() == [6, 2], "across, then down"


@pytest.fixture
def few(monkeypatch, some):
    monkeypatch.setattr(scenes, "splits", lambda seed: some)


def test_what_is_read_and_when(few):
    start, *rest = detector.train(Config(steps=3, batch_size=4))
    assert isinstance(start, Start)
    assert [item.step for item in rest] == [1, 2, 3]
    assert all(isinstance(item, Reading) for item in rest)
    assert rest[-1].scalars.keys() == {"train/loss", "valid/map", "test/map", "test/map75"}
    assert rest[-1].pictures["scenes"].data.shape == (2, 3, 32, 32)
    assert rest[-1].pictures["precision"].data.shape == (1, 101)
    again = list(detector.train(Config(steps=3, batch_size=4)))
    assert [float(item.scalars["train/loss"]) for item in again[1:]] == [
        float(item.scalars["train/loss"]) for item in rest
    ]


@pytest.mark.parametrize(("knobs", "word"), [({"near": 1.0}, "near"), ({"steps": 0}, "steps")])
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(detector.train(Config(**knobs)))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_it_reaches_its_mark(seed):
    found = last(detector, seed=seed)
    assert found["test/map"] >= 0.93
    assert found["test/map75"] >= 0.90


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_without_suppression_or_without_asking_which_it_does_not(seed):
    assert last(detector, seed=seed, suppress=False)["test/map"] < 0.75
    assert last(detector, seed=seed, class_weight=0.0, steps=250)["test/map"] < 0.2
