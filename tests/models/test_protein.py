"""Chains, contacts and folding, by geometry and by hand."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from models import contacts, folding
from models.protein import RISE, alignment, chain, gdt, gdt_ts, handedness, superpose
from models.reading import Reading


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def moved(points, seed=0):
    turn = torch.tensor(Rotation.random(random_state=seed).as_matrix(), dtype=points.dtype)
    return points @ turn.T + torch.tensor([5.0, -3.0, 12.0])


MIRROR = torch.tensor([1.0, 1.0, -1.0])


def test_helices_turn_to_the_right_and_neighbours_are_a_bond_apart():
    points = chain(400, generator())
    bonds = (points[1:] - points[:-1]).norm(dim=1)
    inside = math.hypot(2 * 2.3 * math.sin(math.radians(50)), RISE)
    either = ((bonds - 3.8).abs() < 1e-3) | ((bonds - inside).abs() < 1e-3)
    assert either.all()
    turns = handedness(points)
    assert (turns > 8).float().mean() > 0.5
    assert torch.allclose(handedness(points * MIRROR), -turns, atol=1e-3)


def test_a_helix_that_was_only_moved_fits_exactly():
    points = chain(64, generator(1))
    assert torch.allclose(superpose(moved(points), points), points, atol=1e-3)
    assert gdt_ts(moved(points), points) == 100
    assert gdt_ts(points, points) == 100


@given(st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_a_mirror_image_has_the_same_distances_and_does_not_fit(seed):
    points = chain(64, generator(seed))
    image = points * MIRROR
    assert torch.allclose(torch.cdist(points, points), torch.cdist(image, image), atol=1e-3)
    assert gdt_ts(image, points) < 70


def test_superposing_is_scipys():
    one, two = chain(30, generator(2)), chain(30, generator(3))
    turn, _ = Rotation.align_vectors(two - two.mean(0), one - one.mean(0))
    theirs = torch.tensor(turn.apply(one - one.mean(0)), dtype=torch.float) + two.mean(0)
    assert torch.allclose(superpose(one, two), theirs, atol=1e-3)


def test_gdt_of_the_lesson():
    assert gdt(torch.tensor([0.5, 0.9, 1.5, 3.0, 3.9, 7.0, 9.0, 12.0])) == 50.0


def test_folding_finds_the_chain_and_without_a_hand_may_find_its_mirror():
    easy = {"noise": 0.1, "tries": 1, "steps": 400}
    results = {}
    for hand in (True, False):
        *_, last = folding.train(folding.Config(hand=hand, seed=1, **easy))
        figures = last.scalars["test/gdt_ts"], last.scalars["test/gdt_ts of the mirror"]
        results[hand] = figures
        assert max(figures) > 95
    assert results[True][0] > 95


def test_a_cloud_of_the_wrong_hand_is_mirrored_once():
    points = chain(64, generator(4))
    turns = handedness(points).sign()
    wrong = points * MIRROR
    folding.mirror_if_wrong(wrong, turns)
    assert torch.equal(wrong, points)
    folding.mirror_if_wrong(wrong, turns)
    assert torch.equal(wrong, points)


def test_strain_is_nothing_for_the_true_chain():
    puzzle = folding.Puzzle(folding.Config(noise=0.0, given=0.3), generator())
    assert float(puzzle.strain(puzzle.true)) < 1e-6
    assert float(puzzle.twist(puzzle.true)) < 1e-3
    share = len(puzzle.distances) / (64 * 63 / 2)
    assert 0.25 < share < 0.37


def test_near_pairs_are_told_whatever_the_lot_says():
    told = folding.Puzzle(folding.Config(near=4, given=0.0), generator()).pairs
    steps = told[1] - told[0]
    assert [int((steps == step).sum()) for step in range(1, 6)] == [63, 62, 61, 60, 0]
    more = folding.Puzzle(folding.Config(near=4, given=0.1), generator()).pairs
    assert {tuple(pair) for pair in told.T.tolist()} < {tuple(pair) for pair in more.T.tolist()}
    assert folding.Puzzle(folding.Config(near=63, given=0.0), generator()).pairs.shape[1] == 2016


def test_those_who_watch_see_the_shape_and_training_does_not():
    easy = {"noise": 0.1, "tries": 2, "steps": 200}
    items = [x for x in folding.train(folding.Config(**easy)) if isinstance(x, Reading)]
    kept = [item.step for item in items if "shape/kept" in item.scalars]
    assert kept == [200, 400]
    assert [item.step for item in items if "shape/now" in item.scalars] == list(range(40, 401, 40))
    last = items[-1].scalars
    assert last["shape/kept"] == last["test/gdt_ts"]
    assert last["test/told"] == 2016
    assert last["test/strain"] == min(
        float(items[step - 1].scalars["train/strain"]) for step in kept
    )


# --- contacts -----------------------------------------------------------------------------------


def test_columns_that_answer_each_other_stand_out():
    letters = torch.randint(4, (500, 6), generator=generator())
    letters[:, 4] = (letters[:, 1] + 1) % 4
    norm, covariance = contacts.strength(letters)
    assert norm.argmax() in (1 * 6 + 4, 4 * 6 + 1)
    assert covariance.shape == (16, 6, 6)
    assert torch.allclose(norm, norm.T)


def test_apc_takes_away_what_row_and_column_have_anyway():
    rows = torch.rand(8, generator=generator()) + 0.5
    background = rows[:, None] * rows
    assert torch.allclose(contacts.apc(background), torch.zeros(8, 8), atol=1e-6)


def test_alignments_are_symmetric_and_near_residues_do_not_count():
    family, touching = alignment(32, generator())
    assert family.shape == (60, 32)
    assert torch.equal(touching, touching.T)
    assert not touching.diagonal().any()
    assert contacts.channels(family).shape == (19, 32, 32)


def test_precision_counts_the_surest_ten():
    touching = torch.zeros(1, 32, 32, dtype=torch.bool)
    scores = torch.zeros(1, 32, 32)
    touching[0, 0, 10:15] = True
    scores[0, 0, 10:20] = 1
    assert contacts.precision(scores, touching) == 0.5


def test_the_network_says_the_same_from_both_sides():
    torch.manual_seed(0)
    said = contacts.ContactNet()(torch.randn(2, 19, 32, 32))
    assert torch.allclose(said, said.transpose(1, 2))


@pytest.mark.parametrize("shuffled", [False, True])
def test_it_trains_and_is_compared(shuffled, monkeypatch):
    monkeypatch.setattr(contacts, "TRAIN", 16)
    monkeypatch.setattr(contacts, "TEST", 4)
    start, *rest = contacts.train(contacts.Config(epochs=1, shuffled=shuffled))
    assert start.total_steps == len(rest) == 2
    names = {"test/precision", "test/APC", "test/strength", "test/separation"}
    assert names <= set(rest[-1].scalars)
