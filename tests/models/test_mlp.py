"""The digits, how they are split, and the network that learns them."""

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from models import mlp
from models.data.digits import load, splits
from models.mlp import Config, confusion, most_wrong, network, train
from models.reading import Reading, Start


def readings(**knobs):
    start, *rest = train(Config(**knobs))
    assert isinstance(start, Start)
    assert all(isinstance(item, Reading) for item in rest)
    return start, rest


def column(rest, name):
    return [(item.step, float(item.scalars[name])) for item in rest if name in item.scalars]


# --- the data ---------------------------------------------------------------------------------


def test_the_images_are_those_that_scikit_learn_ships_in_the_same_order():
    images, labels = load()
    reference = load_digits()
    assert torch.equal(images, torch.tensor(reference.images).long())
    assert torch.equal(labels, torch.tensor(reference.target).long())


@pytest.mark.parametrize("writers", [False, True])
def test_the_splits_take_every_image_once(writers):
    parts = splits(writers)
    assert [len(part.labels) for part in parts] == [1097, 250, 450]
    together = torch.cat([part.images for part in parts]).flatten(1)
    images, _ = load()
    assert torch.equal(together.sum(0), images.flatten(1).sum(0) / 16)
    assert all(part.images.min() == 0 and part.images.max() == 1 for part in parts)
    assert all(part.labels.bincount(minlength=10).min() >= 15 for part in parts)
    again = splits(writers)
    assert all(torch.equal(a.images, b.images) for a, b in zip(parts, again, strict=True))


def test_the_writers_split_keeps_the_files_own_order():
    _, labels = load()
    assert torch.equal(torch.cat([part.labels for part in splits(writers=True)]), labels)
    assert not torch.equal(torch.cat([part.labels for part in splits()]), labels)


# --- the run ----------------------------------------------------------------------------------


def test_the_network_has_the_size_that_its_docstring_says():
    assert sum(parameter.numel() for parameter in network().parameters()) == 4810
    assert "4,810 parameters" in mlp.__doc__


def test_what_is_read_and_when():
    start, rest = readings(epochs=2, batch_size=128)
    assert (start.total_steps, start.steps_per_epoch, start.samples_per_step) == (18, 9, 128)
    assert [item.step for item in rest] == list(range(19))
    assert [step for step, _ in column(rest, "train/loss")] == list(range(1, 19))
    assert [step for step, _ in column(rest, "valid/accuracy")] == [0, 9, 18]
    assert [step for step, _ in column(rest, "test/accuracy")] == [18]
    assert [item.step for item in rest if item.pictures] == [0, 9, 18]
    assert start.model(start.example).shape == (128, 10)


def test_the_same_seed_is_the_same_run_and_another_is_not():
    def losses(seed):
        return column(readings(epochs=1, seed=seed)[1], "train/loss")

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_the_pictures_tell_what_the_accuracy_tells():
    _, rest = readings(epochs=1, optimiser="adam", learning_rate=0.01)
    shown, grid = rest[-1].pictures["confusion"], rest[-1].pictures["most wrong"]
    assert (shown.role, grid.role) == ("confusion", "image_grid")
    assert shown.labels == tuple("0123456789")
    assert shown.data.shape == (10, 10)
    right = float(rest[-1].scalars["valid/accuracy"]) * 250
    assert shown.data.trace() == pytest.approx(right)
    assert shown.caption == f"validation: {round(right)} of 250 right"
    assert grid.data.shape == (2, 6, 8, 8)
    assert len(grid.labels) == 12


def test_a_confusion_has_truth_in_rows_and_answers_in_columns():
    counts = confusion(answers=torch.tensor([7, 1, 7]), labels=torch.tensor([1, 1, 7]))
    assert (counts[1, 7], counts[1, 1], counts[7, 7], counts.sum()) == (1, 1, 1, 3)


def test_the_most_wrong_are_the_surest_mistakes_and_nan_does_not_stop_them():
    _, valid, _ = splits()

    class AnswersZero(nn.Module):
        def forward(self, images):
            logits = torch.zeros(len(images), 10)
            logits[:, 0] = images.sum((1, 2))
            return logits

    labels = most_wrong(AnswersZero(), valid).labels
    assert all(label.endswith("not 0") and not label.startswith("0") for label in labels)

    class Diverged(nn.Module):
        def forward(self, images):
            return torch.full((len(images), 10), torch.nan)

    assert most_wrong(Diverged(), valid).data.shape == (2, 6, 8, 8)


def test_the_learning_rate_is_read_at_each_step():
    config = Config(learning_rate=0.1)
    running = train(config)
    start = next(running)
    for _ in range(5):
        next(running)
    config.learning_rate = 0.0
    before = [parameter.detach().clone() for parameter in start.model.parameters()]
    next(running)
    after = start.model.parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.slow
def test_the_rates_that_the_lesson_names():
    def test_accuracy(**knobs):
        return column(readings(**knobs)[1], "test/accuracy")[-1][1]

    assert test_accuracy(learning_rate=0.003) < 0.6
    assert test_accuracy(learning_rate=0.1) >= 0.87
    assert test_accuracy(learning_rate=3.0) < 0.3
    assert test_accuracy(optimiser="momentum", learning_rate=0.03) >= 0.87
    assert test_accuracy(optimiser="adam", learning_rate=0.01) >= 0.87


@pytest.mark.parametrize(
    ("knobs", "word"), [({"optimiser": "x"}, "momentum"), ({"batch_size": 0}, "1")]
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))


def test_training_needs_no_network(monkeypatch):
    import socket

    def refuse(*arguments, **named):
        raise AssertionError("it asked for a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    readings = [item for item in mlp.train(mlp.Config(epochs=1)) if isinstance(item, Reading)]
    assert readings[-1].step == 35
