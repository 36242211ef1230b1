"""Learning without labels and from one example; doubts, attacks, explanations, groups, search."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional

from models import (
    adversarial,
    distillation,
    explain,
    faceswap,
    fusion,
    groups,
    prototypes,
    rotation,
    simclr,
    tuning,
    uncertainty,
)
from models.data.digits import Split, splits
from models.data.glyphs import glyphs
from models.distort import distort


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def last(exercise, **knobs):
    start, *rest = exercise.train(exercise.Config(**knobs))
    steps = [item.step for item in rest]
    assert steps == sorted(set(steps))
    assert start.total_steps is None or steps[-1] >= start.total_steps
    return rest[-1]


# --- views --------------------------------------------------------------------------------------


def test_nothing_is_distorted_where_nothing_may_be():
    images = torch.rand(3, 1, 8, 8)
    same = distort(images, generator(), turn=0, scale=0, shift=0, noise=0)
    assert torch.allclose(same, images, atol=1e-5)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_distorted_pixels_stay_pixels(seed):
    images = splits()[0].images[:16, None]
    seen = distort(images, generator(seed))
    assert seen.shape == images.shape
    assert 0 <= seen.min() <= seen.max() <= 1


def test_a_quarter_turn_is_a_quarter_turn():
    images, quarters = rotation.turned(torch.rand(5, 1, 8, 8))
    assert quarters.tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    assert torch.equal(images[5:10], torch.rot90(images[:5], 1, (2, 3)))


# --- without labels -----------------------------------------------------------------------------


def by_hand(first, second, temperature):
    """NT-Xent in loops, as the paper writes it."""
    views = [each / each.norm() for each in torch.cat([first, second])]
    count, total = len(first), 0.0
    for i, view in enumerate(views):
        partner = (i + count) % (2 * count)
        below = sum(
            math.exp(float(view @ other) / temperature) for k, other in enumerate(views) if k != i
        )
        total -= math.log(math.exp(float(view @ views[partner]) / temperature) / below)
    return total / (2 * count)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_the_loss_is_the_papers(temperature):
    one, two = torch.randn(4, 3), torch.randn(4, 3)
    mine = simclr.nt_xent(one, two, temperature).item()
    assert mine == pytest.approx(by_hand(one, two, temperature), rel=1e-4)
    assert mine == pytest.approx(simclr.nt_xent(two, 5 * one, temperature).item(), rel=1e-5)


def test_twins_that_agree_cost_little():
    views = torch.eye(6)
    assert simclr.nt_xent(views, views, 0.05).item() < 1e-3


def test_a_probe_is_scikit_learns_logistic_regression():
    data, _, test = splits()
    rows = simclr.labelled(data.labels, 10, generator())
    assert data.labels[rows].bincount().tolist() == [10] * 10
    mine = simclr.probe(lambda images: images.flatten(1), data, test, rows)
    scale = data.images[rows].flatten(1).std(0) + 1e-6
    known, asked = (data.images[rows].flatten(1) / scale, test.images.flatten(1) / scale)
    theirs = LogisticRegression(max_iter=1000).fit(known.numpy(), data.labels[rows].numpy())
    assert mine == pytest.approx(theirs.score(asked.numpy(), test.labels.numpy()), abs=0.005)


@pytest.mark.parametrize("exercise", [simclr, rotation])
def test_it_is_compared_with_nothing_learned_and_with_pixels(few, exercise):
    scalars = last(exercise, epochs=1, labels=2).scalars
    assert {"test/probe", "test/untrained", "test/pixels"} <= set(scalars)


# --- from one example ---------------------------------------------------------------------------


def test_glyphs_differ_by_class_more_than_by_hand():
    drawn = glyphs(12, 6, seed=5).flatten(2)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    own = (drawn - drawn.mean(1, keepdim=True)).square().sum(2).mean()
    others = (drawn.mean(1) - drawn.mean((0, 1))).square().sum(1).mean()
    assert others > own / 2
    assert torch.equal(glyphs(2, 2, seed=5), glyphs(2, 2, seed=5))
    assert not torch.equal(glyphs(2, 2, seed=5), glyphs(2, 2, seed=6))


def test_prototypes_are_means():
    places = torch.tensor([[0.0, 0.0], [2.0, 2.0], [5.0, 5.0]])
    assert prototypes.prototypes(places, torch.tensor([0, 0, 1])).tolist() == [[1, 1], [5, 5]]
    logits = prototypes.distances(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 1.0], [5, 5]]))
    assert logits[0].tolist() == pytest.approx([-1 / 2**0.5, -25 / 2**0.5])


def test_an_episode_never_asks_for_an_example():
    drawn = torch.rand(20, 20, 16, 16)
    shown, labels, asked, truth = prototypes.episode(drawn, 5, 3, generator())
    assert (len(shown), len(asked)) == (15, 25)
    assert labels.tolist() == [i for i in range(5) for _ in range(3)]
    examples = {each.sum().item() for each in shown}
    assert not examples & {each.sum().item() for each in asked}
    assert truth.bincount().tolist() == [5] * 5


def test_prototypes_train_and_are_compared(monkeypatch):
    monkeypatch.setattr(prototypes, "CLASSES", 8)
    monkeypatch.setattr(prototypes, "NEW", 20)
    monkeypatch.setattr(prototypes, "JUDGED", 2)
    scalars = last(prototypes, classes=8, episodes=2).scalars
    assert {"test/5-way 1-shot", "test/pixels", "test/untrained"} <= set(scalars)
    with pytest.raises(ValueError, match="classes"):
        next(prototypes.train(prototypes.Config(classes=3)))


# --- doubts -------------------------------------------------------------------------------------


def test_calibration_by_hand():
    chances = torch.tensor([[0.9, 0.1]] * 10)
    labels = torch.tensor([0] * 6 + [1] * 4)
    assert uncertainty.ece(chances, labels).item() == pytest.approx(0.3)
    sure = torch.tensor([[1.0, 0.0]] * 4)
    assert uncertainty.ece(sure, torch.zeros(4, dtype=torch.long)).item() == 0


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_shares_of_the_bins_are_everybody_and_the_error_is_one(seed):
    chances = torch.randn(50, 4, generator=generator(seed)).softmax(1)
    labels = torch.randint(4, (50,), generator=generator(seed))
    bins = uncertainty.calibration(chances, labels)
    assert bins[:, 0].sum().item() == pytest.approx(1)
    assert 0 <= uncertainty.ece(chances, labels).item() <= 1


def test_entropy_of_certainty_and_of_no_idea():
    found = uncertainty.entropy(torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    assert found.tolist() == pytest.approx([0, math.log(2)])


def test_dropout_asks_many_networks_and_leaves_one():
    torch.manual_seed(0)
    model, images = uncertainty.network(0.5).eval(), torch.rand(4, 1, 8, 8)
    before = model(images).softmax(1)
    mean = uncertainty.by_dropout(model, images, 20)
    assert not model.training
    assert torch.equal(model(images).softmax(1), before)
    assert not torch.allclose(mean, before, atol=1e-3)
    assert torch.allclose(mean.sum(1), torch.ones(4))


def test_doubts_are_judged(few):
    scalars = last(uncertainty, members=2, epochs=1).scalars
    kinds = ("accuracy", "ECE", "glyphs", "noise", "inverted", "lying")
    assert {f"test/{kind}, {way}" for kind in kinds for way in ("one", "dropout", "ensemble")} <= {
        *scalars
    }


def test_the_distillation_loss_is_hintons():
    student, teacher = torch.randn(5, 4), torch.randn(5, 4)
    wanted, said = (teacher / 3).softmax(1), (student / 3).log_softmax(1)
    by_definition = 9 * (wanted * (wanted.log() - said)).sum(1).mean()
    assert torch.allclose(distillation.distill_loss(student, teacher, 3.0), by_definition)
    assert distillation.distill_loss(student, student, 4.0).item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("teacher", [True, False])
def test_students_are_small_and_judged(teacher, monkeypatch):
    monkeypatch.setattr(distillation, "TEACHING", 1)
    scalars = last(distillation, teacher=teacher, steps=5).scalars
    assert scalars["test/parameters"] == 910
    assert ("test/teacher" in scalars) is teacher


# --- attacks ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader():
    """A network that reads a little, and what it reads."""
    torch.manual_seed(0)
    (start, *_), test = list(adversarial.train(adversarial.Config(epochs=3))), splits()[2]
    return start.model, test.images[:60, None], test.labels[:60]


@pytest.mark.parametrize("size", [0.05, 0.2])
def test_attacks_stay_close_and_raise_the_loss(reader, size):
    model, images, labels = reader
    before = functional.cross_entropy(model(images), labels).item()
    for attacked in (
        adversarial.fgsm(model, images, labels, size),
        adversarial.pgd(model, images, labels, size, 5, generator()),
    ):
        assert (attacked - images).abs().max().item() <= size + 1e-6
        assert 0 <= attacked.min() <= attacked.max() <= 1
        assert functional.cross_entropy(model(attacked), labels).item() > 2 * before
    assert all(each.grad is None or each.grad.isfinite().all() for each in model.parameters())


def test_a_step_of_the_sign_by_hand():
    line = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        line[1].weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
    image = torch.tensor([[[[0.95, 0.5]]]])
    attacked = adversarial.fgsm(line, image, torch.tensor([1]), 0.1)
    # Class 1 likes the second pixel; the step goes up in the first, no farther than 1, and down.
    assert attacked.flatten().tolist() == pytest.approx([1.0, 0.4])


def test_direction_matters_and_not_size(reader):
    model, images, labels = reader
    attacked = adversarial.fgsm(model, images, labels, 0.15)
    random = adversarial.at_random(images, 0.15, generator())
    right = [adversarial.right(model, each, labels).item() for each in (attacked, random)]
    assert right[0] < right[1] - 0.3


@pytest.mark.parametrize("defend", [0.0, 0.1])
def test_both_trainings_are_attacked_at_the_end(defend):
    scalars = last(adversarial, defend=defend, epochs=1).scalars
    assert {"test/clean", "test/FGSM 0.15", "test/PGD 0.15", "test/random 0.2"} <= set(scalars)


# --- explanations -------------------------------------------------------------------------------


def test_the_pointing_game_by_hand():
    maps = torch.zeros(3, 4, 4)
    maps[0, 0, 3], maps[1, 3, 0] = 1, 1
    assert explain.points_right(maps, torch.tensor([1, 0, 0])).item() == pytest.approx(1 / 3)


def test_grad_cam_is_never_negative_and_weighs_by_mean_gradients():
    maps = torch.rand(2, 3, 4, 4)
    gradients = torch.ones(2, 3, 4, 4) * torch.tensor([1.0, 2.0, -1.0])[:, None, None]
    wanted = (maps[:, 0] + 2 * maps[:, 1] - maps[:, 2]).clamp(min=0)
    assert torch.allclose(explain.weigh(maps, gradients), wanted)


def test_a_scene_has_its_digit_where_it_says():
    part = splits()[0]
    made = explain.scenes(part, generator())
    large = functional.interpolate(part.images[:20, None], size=(14, 14), mode="bilinear")[:, 0]
    for i, quarter in enumerate(made.quarters[:20].tolist()):
        top, left = quarter // 2 * 16 + 1, quarter % 2 * 16 + 1
        assert (made.images[i, 0, top : top + 14, left : left + 14] >= large[i] - 1e-6).all()


def test_covering_what_matters_costs_most():
    class Corner(explain.Network):
        def forward(self, images):
            lit = images[:, 0, :8, 24:].mean((1, 2))
            return torch.stack([5 * lit, torch.ones_like(lit)], 1)

    images = torch.rand(3, 1, 32, 32) * 0.1
    images[:, :, :8, 24:] = 1
    lost = explain.occlusion(Corner(), images, torch.zeros(3, dtype=torch.long))
    assert lost.flatten(1).argmax(1).tolist() == [3, 3, 3]
    slopes = explain.saliency(Corner(), images, torch.zeros(3, dtype=torch.long))
    assert slopes[:, 8:].abs().max() == 0


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_maps_are_compared_with_those_of_a_network_that_knows_nothing(few, pooling):
    scalars = last(explain, pooling=pooling, epochs=1).scalars
    assert {"test/Grad-CAM", "test/Grad-CAM untrained", "test/accuracy"} <= set(scalars)


# --- groups, hands, senses, search --------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    """Splits of a few images."""
    parts = [Split(part.images[:64], part.labels[:64]) for part in splits()]
    for exercise in (explain, uncertainty, faceswap, simclr, rotation):
        monkeypatch.setattr(exercise, "splits", lambda writers=False: parts)


def decisions(true_negatives, false_positives, false_negatives, true_positives):
    counts = (true_negatives, false_positives, false_negatives, true_positives)
    truth = [False] * (counts[0] + counts[1]) + [True] * (counts[2] + counts[3])
    called = [False] * counts[0] + [True] * counts[1] + [False] * counts[2] + [True] * counts[3]
    return torch.tensor(truth, dtype=torch.bool), torch.tensor(called, dtype=torch.bool)


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ((990, 805, 532, 1369), (0.4485, 0.2799, 0.6297, 0.5143)),
        ((1139, 349, 461, 505), (0.2345, 0.4772, 0.5913, 0.3936)),
    ],
)
def test_rates_of_the_published_counts(counts, wanted):
    found = groups.rates(*decisions(*counts))
    rates = (found.false_positives, found.false_negatives, found.precision, found.positives)
    assert rates == pytest.approx(wanted, abs=5e-5)


def test_a_group_of_nobody_has_no_rates():
    nobody = groups.rates(*decisions(0, 0, 0, 0))
    assert math.isnan(nobody.accuracy)


def test_the_share_of_the_second_camera_and_its_copies():
    images, labels = splits()[0].images[:, None], splits()[0].labels
    some, _ = groups.mixed(images, labels, groups.Config(share=0.1), generator())
    changed = (some != images).flatten(1).any(1)
    assert changed.float().mean().item() == pytest.approx(0.1, abs=0.03)
    assert torch.equal(groups.camera_b(some[changed]), images[changed])
    even, names = groups.mixed(
        images, labels, groups.Config(share=0.1, oversample=True), generator()
    )
    assert len(even) == len(names) == 2 * int((~changed).sum())
    assert {"test/A", "test/B", "test/gap"} <= set(last(groups, epochs=1).scalars)


def test_hands_write_the_same_digits_differently():
    images = splits()[0].images[:20]
    one, other = faceswap.upright(images), faceswap.slanted(images)
    assert one.shape == other.shape == (20, 1, 16, 16)
    assert other.mean() > one.mean()
    torch.manual_seed(0)
    model = faceswap.Swapper(shared=True)
    assert torch.equal(model(one, 0, 1), model(one, 1, 1))
    apart = faceswap.Swapper(shared=False)
    assert not torch.equal(apart(one, 0, 1), apart(one, 1, 1))


def test_swaps_are_judged(few, monkeypatch):
    monkeypatch.setattr(faceswap, "TEACHING", 3)
    scalars = last(faceswap, steps=3).scalars
    assert {"test/digit kept", "test/hand changed", "test/fakes found"} <= set(scalars)


@pytest.mark.parametrize("way", fusion.WAYS)
def test_every_way_of_listening_trains(way):
    assert 0 <= last(fusion, way=way, epochs=1).scalars["test/accuracy"].item() <= 1


def test_opinions_are_weighed():
    image, table = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    says = [
        fusion.answer(fusion.Config(way="late", table_weight=weight), image, table, image).argmax()
        for weight in (0.0, 0.2, 1.0)
    ]
    assert says == [0, 0, 1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(2, 4))
@settings(max_examples=50, deadline=None)
def test_halving_keeps_the_best_and_spends_what_it_says(scores, factor):
    spent = {}

    def train(setting, steps):
        spent[setting] = steps
        return scores[setting]

    rungs = list(tuning.halve(range(len(scores)), train, 5, factor))
    assert [len(there) for _, there in rungs] == sorted((len(t) for _, t in rungs), reverse=True)
    winner = rungs[-1][1][0][1]
    assert scores[winner] == max(scores)
    assert [steps for steps, _ in rungs] == [5 * factor**i for i in range(len(rungs))]


@pytest.mark.parametrize("search", ["halving", "random"])
def test_both_searches_spend_what_was_planned(search, monkeypatch):
    monkeypatch.setattr(tuning, "FIRST", 2)
    config = tuning.Config(search=search, settings=9)
    budget, longest = tuning.plan(config)
    assert (budget, longest) == (9 * 2 + 3 * 4 + 1 * 12, 18)
    start, *rest = tuning.train(config)
    assert start.total_steps == rest[-1].step
    assert abs(rest[-1].step - 1 - budget) < longest
    assert "test/accuracy" in rest[-1].scalars


def test_settings_are_spread_over_the_scales():
    drawn = [tuning.draw(generator(seed)) for seed in range(300)]
    rates = [math.log10(each.learning_rate) for each in drawn]
    assert {each.layers for each in drawn} == {1, 2, 3, 4}
    assert min(rates) < -3.8
    assert max(rates) > -0.2
    assert 8 <= min(each.hidden for each in drawn) <= max(each.hidden for each in drawn) <= 128
