"""Every number that the lesson on AlphaFold states, worked out again."""

import itertools
import math

import pytest
import torch
from evidence import Lesson, ended

from models import contacts, folding
from models.protein import chain, gdt_ts, superpose

LESSON = Lesson("day1/04-alphafold")
TOLD = {
    "near, up to 4 steps": {"near": 4, "given": 0.0},
    "near, up to 8 steps": {"near": 8, "given": 0.0},
    "up to 4, and a tenth far": {"near": 4, "given": 0.1},
    "all": {"near": 63, "given": 1.0},
}


def at_the_end(module, **knobs):
    return ended(module.train(module.Config(**knobs)))[1]


def test_eight_residues():
    off = [float(cell) for cell in LESSON.row("| off by (Å) ")[1:9]]
    shares = []
    for limit, row in zip((1, 2, 4, 8), LESSON.rows("| off by (Å)"), strict=True):
        assert row[0] == f"within {limit} Å"
        assert [cell == "x" for cell in row[1:9]] == [far <= limit for far in off]
        shares.append(100 * sum(far <= limit for far in off) / 8)
        assert row[9] == f"{shares[-1]:.1f} %"
    assert sum(shares) / 4 == 50
    assert LESSON.says("The mean is 50.")


def test_unknowns_and_pairs():
    assert 3 * 64 - 6 == 186
    assert math.comb(64, 2) == 2016
    near = {steps: sum(64 - apart for apart in range(1, steps + 1)) for steps in (4, 8)}
    assert near == {4: 246, 8: 476}
    assert 2016 / 4 == 504
    assert 246 + 258 == 504
    assert round(0.1 * (2016 - 246)) == 177
    assert (438 - 246, 476 - 246) == (192, 230)
    assert LESSON.says("192 more of them did what 230 more near ones did not")


def test_the_squares_of_the_figure():
    rows = [line for line in LESSON.figure("near pairs") if "." in line]
    assert len(rows) == 10
    for i, row in enumerate(rows):
        near, far, every = row[1:21], row[26:46], row[53:73]
        for j in range(10):
            cell = 2 * j
            assert near.ljust(20)[cell] == ("." if i == j else "#" if abs(i - j) <= 2 else " ")
            if abs(i - j) <= 2:
                assert far.ljust(20)[cell] == near.ljust(20)[cell]
            assert every.ljust(20)[cell] == ("." if i == j else "#")


@pytest.mark.slow
@pytest.mark.parametrize("row", LESSON.rows("| told "), ids=lambda row: row[0])
def test_what_happened(row):
    last = at_the_end(folding, **TOLD[row[0]])
    assert f"{last['test/told']:.0f}" == row[1]
    assert f"{last['test/strain']:.3f}" == row[2]
    assert f"{last['test/gdt_ts']:.0f}" == row[3]


def from_the_truth(seed):
    """Loss and GDT_TS of a descent that begins at the true chain, told near distances."""
    near = folding.Config(seed=seed, **TOLD["near, up to 4 steps"])
    puzzle = folding.Puzzle(near, torch.Generator().manual_seed(seed))
    points = torch.nn.Parameter(puzzle.true.clone())
    optimizer = torch.optim.Adam([points], 0.1)
    for step in range(near.steps):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / near.steps) + 0.01
        optimizer.zero_grad()
        (puzzle.strain(points) + 0.02 * puzzle.twist(points)).backward()
        optimizer.step()
    found = points.detach()
    return float(puzzle.strain(found)), gdt_ts(found, puzzle.true)


def test_the_truth_fits_worse_and_the_best_fit_is_not_found():
    near = folding.Config(**TOLD["near, up to 4 steps"])
    puzzle = folding.Puzzle(near, torch.Generator().manual_seed(0))
    noise = float(puzzle.strain(puzzle.true))
    assert f"{noise:.3f}" == "0.110"
    assert LESSON.says("It has a loss of 0.110")
    assert f"{noise * (246 - 186) / 246:.3f}" == "0.027"
    random, true = LESSON.rows("| the descent begins at")
    assert random[1:] == LESSON.rows("| told ")[0][2:]
    loss, score = from_the_truth(0)
    assert loss == pytest.approx(float(true[1]), abs=0.0015)
    assert score == pytest.approx(float(true[2]), abs=2)


def test_exact_distances_do_not_help():
    last = at_the_end(folding, near=4, given=0.0, noise=0.0)
    assert last["test/strain"] == pytest.approx(0.084, abs=0.002)
    assert last["test/gdt_ts"] < 30
    assert LESSON.says("the true chain has loss 0, and the descent ends at 0.084")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("knobs", "loss", "score"), [({"steps": 3000}, 0.057, 29), ({"tries": 10}, 0.054, 36)]
)
def test_more_steps_and_more_tries_hardly_help(knobs, loss, score):
    last = at_the_end(folding, near=4, given=0.0, **knobs)
    assert last["test/strain"] == pytest.approx(loss, abs=0.002)
    assert last["test/gdt_ts"] == pytest.approx(score, abs=2)
    assert LESSON.says("comes to 0.057 and GDT_TS to 29; with ten tries to 0.054 and 36")


def test_most_pieces_are_right_and_the_whole_is_not(monkeypatch):
    shown = []
    monkeypatch.setattr(
        folding, "views", lambda found, true: shown.append((found.clone(), true)) or {}
    )
    at_the_end(folding, **TOLD["near, up to 4 steps"])
    found, true = shown[-1]

    def off(part):
        return float(
            (superpose(found[part], true[part]) - true[part]).square().sum(1).mean().sqrt()
        )

    assert sum(off(slice(i, i + 4)) < 1 for i in range(61)) == pytest.approx(50, abs=1)
    assert LESSON.says("50 of 61 lie within 1 Å")
    assert off(slice(None)) == pytest.approx(15, abs=0.5)
    assert round(off(slice(None)) / 3.8) == 4


def test_chains_that_have_nothing_to_do_with_each_other():
    generator = torch.Generator().manual_seed(99)
    chains = [chain(64, generator) for _ in range(8)]
    scores = [gdt_ts(one, other) for one, other in itertools.combinations(chains, 2)]
    assert (min(scores), max(scores)) == pytest.approx((12.5, 25), abs=0.6)
    assert LESSON.says("has 12 to 25")


def test_the_columns_that_changed_together():
    rows = [line[11:33].split() for line in LESSON.figure("yours      M K V L")]
    changed = {
        place + 1: {i for i, row in enumerate(rows) if row[place] != rows[0][place]}
        for place in range(11)
    }
    both = [pair for pair in itertools.combinations(changed, 2)
            if len(changed[pair[0]] & changed[pair[1]]) == 2]  # fmt: skip
    assert both == [(3, 9)]


@pytest.mark.slow
def test_the_other_world():
    last = at_the_end(folding, near=4, given=1.0, hand=False)
    assert f"{last['test/strain']:.3f}" == "0.109"
    assert round(last["test/gdt_ts"]) == 41
    assert last["test/gdt_ts of the mirror"] == 100
    assert LESSON.says("a GDT_TS of 41")


def test_the_bet():
    bands = LESSON.bands("af.fold", "shape/kept")
    assert bands["near"]["hi"][-1] < 35
    assert 40 <= bands["nearer"]["lo"][-1] <= bands["nearer"]["hi"][-1] <= 75
    assert bands["few-far"]["lo"][-1] > 85
    assert bands["all"]["lo"][-1] > 95


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "bare"), [(4, 0.17), (60, 0.50)])
def test_what_is_found_without_a_network(depth, bare):
    """By the bare covariance, and by how common contacts are at each separation."""
    found = []
    for seed in range(5):
        generator = torch.Generator().manual_seed(seed)
        seen, touching = contacts.families(contacts.Config(depth=depth), 260, generator)
        common, truth = touching[:200].float().mean(0), touching[200:]
        guesses = (seen[200:, 17], common.expand_as(truth))
        found.append([contacts.precision(guess, truth) for guess in guesses])
    by_covariance, by_separation = (sum(each) / 5 for each in zip(*found, strict=True))
    assert by_covariance == pytest.approx(bare, abs=0.015)
    assert by_separation == pytest.approx(0.33, abs=0.015)
    assert LESSON.says("the bare covariance 0.50")
    assert LESSON.says("to know only how common contacts are at each separation finds 0.33")


@pytest.mark.slow
def test_contacts_need_relatives():
    few, many = (
        [at_the_end(contacts, depth=depth, seed=seed)["test/precision"] for seed in range(5)]
        for depth in (4, 60)
    )
    assert sum(few) / 5 == pytest.approx(0.31, abs=0.04)
    assert max(few) < 0.5
    assert sum(many) / 5 == pytest.approx(0.66, abs=0.04)
    assert min(many) >= 0.55
