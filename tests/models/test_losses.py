"""The three losses against torch's own, their slopes by hand, and what each run tells."""

import math

import pytest
import torch
from torch.nn import functional

from models.data.digits import splits
from models.losses import (
    LOSSES,
    Config,
    cross_entropy,
    hinge,
    log_softmax,
    spoil,
    squared_error,
    targets,
    train,
)
from models.pulls import POINTS, Curves
from models.reading import Reading, Start


def batch(rows=7, classes=5, seed=0):
    torch.manual_seed(seed)
    logits = (3 * torch.randn(rows, classes)).requires_grad_()
    return logits, torch.randint(classes, (rows,))


def agree(ours, theirs, logits):
    torch.testing.assert_close(ours, theirs)
    (mine,) = torch.autograd.grad(ours, logits, retain_graph=True)
    (other,) = torch.autograd.grad(theirs, logits)
    torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_cross_entropy_agrees_with_torchs_in_value_and_gradient(smoothing):
    logits, labels = batch()
    theirs = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    agree(cross_entropy(logits, labels, smoothing), theirs, logits)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_squared_error_agrees_with_torchs_in_value_and_gradient(smoothing):
    logits, labels = batch()
    wanted = (1 - smoothing) * functional.one_hot(labels, 5) + smoothing / 5
    theirs = functional.mse_loss(logits.softmax(1), wanted, reduction="sum") / len(labels)
    agree(squared_error(logits, labels, smoothing), theirs, logits)


def test_hinge_agrees_with_torchs_of_the_label_and_its_best_rival():
    logits, labels = batch()
    mask = functional.one_hot(labels, 5).bool()
    pair = torch.stack([logits[mask], logits.masked_fill(mask, -torch.inf).max(1).values], 1)
    # torch divides by the number of classes, which is two here.
    theirs = 2 * functional.multi_margin_loss(pair, torch.zeros_like(labels))
    agree(hinge(logits, labels), theirs, logits)


def test_the_examples_by_hand():
    logits, label = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0])
    assert float(cross_entropy(logits, label)) == pytest.approx(0.407606, abs=1e-5)
    assert float(squared_error(logits, label)) == pytest.approx(0.18006, abs=1e-4)
    assert float(hinge(logits, label)) == 0
    assert float(hinge(logits, label + 1)) == 2


def test_logits_of_any_size_are_finite():
    logits = torch.tensor([[1000.0, 0.0, -1000.0]])
    assert torch.equal(log_softmax(logits), torch.tensor([[0.0, -1000.0, -2000.0]]))
    assert float(cross_entropy(logits, torch.tensor([2]))) == 2000
    torch.testing.assert_close(log_softmax(batch()[0]), batch()[0].log_softmax(1))


def test_the_targets_sum_to_one():
    found = targets(torch.tensor([3]), 10, 0.1)
    assert found[0, 3] == pytest.approx(0.91)
    assert found[0, 0] == pytest.approx(0.01)
    assert found.sum() == pytest.approx(1)


def test_the_curves_are_those_of_the_formulas():
    p, curves = torch.linspace(0.02, 0.98, POINTS), Curves.of(LOSSES)
    lacks = (1 - (p / (1 - p)).log()).clamp_min(0)
    torch.testing.assert_close(curves.heights, torch.stack([-p.log(), 2 * (1 - p) ** 2, lacks]))
    steps = torch.stack([1 - p, 4 * p * (1 - p) ** 2, (lacks > 0).float()])
    torch.testing.assert_close(curves.pulls, steps)


@pytest.mark.parametrize(("p", "place"), [(0.0, 0), (0.5, 24), (1.0, 48), (math.nan, 0)])
def test_the_bar_stands_where_p_is(p, place):
    curves = Curves.of(LOSSES)
    shown = curves.pictures("squared error", p)
    assert set(shown) == {"loss", "pull"}
    *lines, bar = shown["pull"].data
    assert torch.equal(torch.stack(lines), curves.pulls)
    assert bar[place] == curves.pulls[1, place]
    assert bar.isfinite().sum() == (3 if 0 < place < 48 else 2)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_so_many_labels_are_wrong_and_no_more(share):
    labels = splits()[0].labels
    spoilt = spoil(labels, share, torch.Generator().manual_seed(0))
    assert (spoilt != labels).sum() == round(share * len(labels))
    assert set(spoilt.tolist()) == set(range(10))


def test_the_prejudice_is_for_the_eight():
    start, first, *_ = train(Config(prejudice=12.0, epochs=1))
    assert float(first.scalars["valid/confidence"]) > 0.999
    _, valid, _ = splits()
    share = (valid.labels == 8).float().mean()
    assert float(first.scalars["valid/accuracy"]) == pytest.approx(float(share))
    assert start.model[-1].bias.argmax() == 8
    assert first.pictures["pull"].caption.endswith("now 0.00")


def test_what_is_read_and_when():
    start, *rest = train(Config(epochs=2, batch_size=128))
    assert isinstance(start, Start)
    assert (start.total_steps, start.steps_per_epoch, start.samples_per_step) == (18, 9, 128)
    assert all(isinstance(item, Reading) for item in rest)
    assert [item.step for item in rest] == list(range(19))
    assert [item.step for item in rest if "valid/accuracy" in item.scalars] == [0, 9, 18]
    assert [item.step for item in rest if "test/accuracy" in item.scalars] == [18]
    assert rest[-1].pictures["confidence"].data[:, 1].sum() == 250
    assert rest[-1].pictures["loss"].labels == (*LOSSES, "now")


def test_the_same_seed_is_the_same_run_and_another_is_not():
    def values(seed):
        _, *rest = train(Config(epochs=1, seed=seed, noise=0.3))
        return [float(item.scalars["train/loss"]) for item in rest[1:]]

    assert values(1) == values(1)
    assert values(1) != values(2)


def test_squared_error_keeps_its_prejudice_and_the_others_lose_it():
    def sure(name):
        _, *rest = train(Config(prejudice=12.0, epochs=6, loss=name))
        return float(rest[-1].scalars["test/accuracy"])

    assert sure("squared error") < 0.2
    assert sure("cross-entropy") > 0.7
    assert sure("hinge") > 0.7


def test_a_network_that_diverges_runs_to_its_end():
    _, *rest = train(Config(learning_rate=1e30, epochs=2))
    assert rest[-1].step == 70


@pytest.mark.parametrize(
    ("knobs", "word"),
    [
        ({"loss": "x"}, "hinge"),
        ({"noise": 1.0}, "noise"),
        ({"smoothing": -0.1}, "smoothing"),
        ({"loss": "hinge", "smoothing": 0.1}, "target"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(knobs, word):
    with pytest.raises(ValueError, match=word):
        next(train(Config(**knobs)))
