"""Every number that the lesson on AlphaFold states, worked out again."""

import math

import pytest
from evidence import Lesson, ended

from models import contacts, folding

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


@pytest.mark.parametrize("row", LESSON.rows("| told "), ids=lambda row: row[0])
def test_what_happened(row):
    last = at_the_end(folding, **TOLD[row[0]])
    assert f"{last['test/told']:.0f}" == row[1]
    assert f"{last['test/strain']:.3f}" == row[2]
    assert f"{last['test/gdt_ts']:.0f}" == row[3]


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
def test_contacts_need_relatives():
    few, many = (
        [at_the_end(contacts, depth=depth, seed=seed)["test/precision"] for seed in range(5)]
        for depth in (4, 60)
    )
    assert sum(few) / 5 == pytest.approx(0.31, abs=0.04)
    assert max(few) < 0.5
    assert sum(many) / 5 == pytest.approx(0.66, abs=0.04)
    assert min(many) >= 0.55
