"""The best of many runs: what luck is, in expectation and in networks."""

import math

import pytest
import torch
from marks import last

from models import lucky
from models.lucky import Config, Setting, draw, right, searches, trained


def test_the_luck_of_equal_coins_is_what_order_statistics_say():
    # 24 equal settings, each image called rightly with p = 0.87 by chance: the greatest of 24 means of
    # 20 lies about 1.95 deviations above the mean (less here: it is discrete and cannot pass 1).
    generator = torch.Generator().manual_seed(0)
    valid = (torch.rand(24, 250, generator=generator) < 0.87).float()
    claims, truths = searches(valid, torch.full((24,), 0.87), 20, generator)
    deviation = math.sqrt(0.87 * 0.13 / 20)
    assert 1.2 < (claims.mean() - 0.87) / deviation < 2.0
    assert torch.equal(truths, torch.full((lucky.SEARCHES,), 0.87))


def test_a_look_at_everything_leaves_one_winner():
    valid = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    claims, truths = searches(valid, torch.tensor([0.2, 0.7]), 3, torch.Generator().manual_seed(0))
    assert claims.unique().tolist() == pytest.approx([2 / 3])
    assert truths.unique().tolist() == pytest.approx([0.7])


def test_the_share_of_networks_that_is_right_is_theirs():
    data, valid, _ = lucky.splits()
    networks = [trained(Setting(0.2, 24), data, seed) for seed in (0, 1)]
    found = right(networks, valid)
    assert set(found.tolist()) <= {0.0, 0.5, 1.0}
    one = (networks[0](valid.images).argmax(1) == valid.labels).float()
    two = (networks[1](valid.images).argmax(1) == valid.labels).float()
    assert torch.equal(found, (one + two) / 2)


def test_settings_are_drawn_within_their_ranges():
    drawn = [draw(torch.Generator().manual_seed(seed)) for seed in range(200)]
    assert all(0.05 <= each.learning_rate <= 0.8 and 12 <= each.hidden <= 48 for each in drawn)


def test_equal_networks_and_few_images_make_luck():
    found = last(lucky, alike=True, held_out=20, settings=12)
    assert found["test/claim"] - found["test/truth"] == pytest.approx(found["test/luck"], abs=1e-6)
    assert found["test/luck"] > 0.04


def test_a_run_is_repeated_bit_for_bit():
    assert last(lucky, settings=2, seed=4) == last(lucky, settings=2, seed=4)


def test_nothing_to_try_is_refused():
    with pytest.raises(ValueError, match="at least"):
        next(lucky.train(Config(settings=0)))
