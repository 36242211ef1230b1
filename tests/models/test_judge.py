"""The judge of drawn digits: its formulas by hand, and whether it falls for what fools a judge."""

import pytest
import scipy.linalg
import torch

from models.data.digits import splits
from models.judge import Judge, frechet_distance, inception_score, judge, network
from models.reading import Reading


@pytest.fixture(scope="module")
def trained():
    return judge()


def test_the_inception_score_of_cases_known_by_hand():
    assert inception_score(torch.eye(10)) == pytest.approx(10)
    assert inception_score(torch.eye(10)[[3] * 20]) == pytest.approx(1)
    assert inception_score(torch.full((7, 10), 0.1)) == pytest.approx(1)
    # Two classes as often as each other, each image sure by 3 : 1.
    halves = torch.tensor([[0.75, 0.25], [0.25, 0.75]])
    by_hand = 0.75**0.75 * 0.25**0.25 / 0.5
    assert inception_score(halves) == pytest.approx(by_hand)


def test_the_distance_of_two_crowds_that_differ_in_one_dimension_is_known_by_hand():
    # Mean 0 and variance 2 against mean 5 and variance 8: 25 + (sqrt 2 - sqrt 8)^2.
    drawn = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    assert frechet_distance(drawn, torch.tensor([5.0, 0.0]) + 2 * drawn) == pytest.approx(25 + 2)


def test_the_distance_agrees_with_the_formula_and_a_matrix_root_from_elsewhere():
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(2, 6, 6, generator=generator, dtype=torch.double)
    a, b = (torch.randn(80, 6, generator=generator, dtype=torch.double) @ each for each in mix)
    b += 1
    root = scipy.linalg.sqrtm((a.T.cov() @ b.T.cov()).numpy())
    trace = a.T.cov().trace() + b.T.cov().trace() - 2 * root.trace().real
    expected = (a.mean(0) - b.mean(0)).square().sum() + trace
    assert frechet_distance(a, b) == pytest.approx(float(expected), rel=1e-5)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-5)
    assert frechet_distance(a, b) == pytest.approx(float(frechet_distance(b, a)), rel=1e-5)


def test_real_digits_pass_and_what_fools_a_judge_does_not(trained):
    train, _, test = splits()
    real = trained.verdict(train.images, asked=train.labels)
    assert real.coverage == 10
    assert real.confidence > 0.95
    assert real.score > 9
    assert real.agreement > 0.97
    one = test.images[test.labels == 7]
    collapsed = trained.verdict(one.repeat(10, 1, 1))
    assert collapsed.confidence > 0.9, "a judge is sure of one perfect digit"
    assert collapsed.coverage == 1
    assert collapsed.score < 1.5
    noise = trained.verdict(torch.rand(450, 8, 8, generator=torch.Generator().manual_seed(0)))
    assert real.distance < 5 < 30 < min(noise.distance, collapsed.distance)


def test_it_reads_hands_that_it_was_not_taught(trained):
    test = splits()[2]
    right = trained.probabilities(test.images).argmax(1) == test.labels
    assert right.float().mean() > 0.965
    assert trained.verdict(test.images).distance == pytest.approx(0, abs=1e-2)


def test_the_verdict_counts_what_was_asked_for_and_classes_above_two_percent(trained):
    test = splits()[2]
    nothing = trained.verdict(test.images, asked=(test.labels + 1) % 10)
    assert nothing.agreement < 0.03
    assert "judge/agreement" in nothing.scalars()
    assert "judge/agreement" not in trained.verdict(test.images).scalars()
    few = torch.cat([test.images[test.labels == 7][:1].repeat(98, 1, 1), test.images[:2]])
    verdict = trained.verdict(few)
    assert sum(verdict.shares) == pytest.approx(1)
    assert verdict.coverage == 1, "two in a hundred are not more than 2 %"


def test_a_generator_that_diverged_is_judged_too(trained):
    for value in (torch.nan, torch.inf, -torch.inf):
        verdict = trained.verdict(torch.full((50, 8, 8), value))
        assert verdict.coverage == 1
        assert verdict.distance > 30


def test_gradients_reach_the_images_and_not_the_judge(trained):
    images = splits()[2].images[:4].clone().requires_grad_()
    trained.probabilities(images)[:, 3].sum().backward()
    assert images.grad.abs().sum() > 0
    both = [*trained.body.parameters(), *trained.head.parameters()]
    assert not any(each.requires_grad for each in both)


def test_training_the_judge_leaves_the_callers_randomness_alone(monkeypatch):
    from models import judge as module

    def short(config):
        config.epochs = 1
        return train(config)

    train = module.train
    monkeypatch.setattr(module, "train", short)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with torch.no_grad():
        fresh = judge.__wrapped__()
    assert isinstance(fresh, Judge)
    assert torch.equal(torch.rand(3), expected)
    last = [item for item in train(module.Config(epochs=1)) if isinstance(item, Reading)][-1]
    assert 0 < float(last.scalars["test/accuracy"]) < 1


def test_the_network_has_32_features():
    assert network()[:-1](torch.rand(2, 8, 8)).shape == (2, 32)
