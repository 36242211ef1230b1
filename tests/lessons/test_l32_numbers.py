"""Every number that the lesson on GANs states, worked out again."""

import math
from statistics import fmean

import pytest
import torch
from evidence import Lesson

from models import gan, stylegan

LESSON = Lesson("day2/32-gans")
PROOF = {
    "train/called right": 0.5,
    "train/discriminator": 2 * math.log(2),
    "train/generator": math.log(2),
}
CASES = ("blind", "halfway", "as-usual", "told", "too-fast")


def ends(run, case, name):
    """Low, middle and high of five seeds at the end of a run."""
    kept = LESSON.recorded(run, case, name)
    return kept["lo"][-1], kept["mid"][-1], kept["hi"][-1]


def late(case, name):
    """The middle one of five seeds, in the mean of the last hundred of 600 steps."""
    kept = LESSON.recorded("gan.game", case, name)
    return fmean(mid for step, mid in zip(kept["step"], kept["mid"], strict=True) if step > 500)


def parameters(*modules):
    return sum(each.numel() for module in modules for each in module.parameters())


def best(real, made):
    return real / (real + made)


def test_the_end_of_the_game():
    assert f"{2 * math.log(2):.3f}" == "1.386"
    assert f"{math.log(2):.3f}" == "0.693"
    for words in ("its loss is 1.386", "the loss of the first is 0.693", "twice, 1.386"):
        assert LESSON.says(words)


def test_the_two_networks():
    assert parameters(gan.Generator(), gan.Discriminator()) == 75_586
    assert parameters(stylegan.Generator(), stylegan.Discriminator()) == 110_530
    assert LESSON.says("Together they have 75,586 parameters")
    assert LESSON.says("Ours has 110,530 parameters")
    forger = gan.Generator()
    assert forger(torch.zeros(16, 32), torch.zeros(16).long()).shape == (16, 1, 8, 8)
    assert forger.body[:2](torch.zeros(16, 32)).shape == (16, 64, 2, 2)
    assert round(0.002 / 0.00001) == 200
    assert LESSON.says("two hundred times as high")


def test_the_table_of_threes_and_sevens():
    for share, three, seven, turn in LESSON.rows("| drawn 3s | D of a 3"):
        share = float(share)
        said = best(0.5, share), best(0.5, 1 - share)
        assert [three, seven] == [f"{each:.2f}" for each in said]
        wanted = "3s only" if said[0] > said[1] else "7s only"
        assert turn == ("whatever it likes" if said[0] == said[1] else wanted)


def test_the_table_of_runs():
    rows = {row[0]: row[1:] for row in LESSON.rows("| rate of the detective")}
    told = {"0.00001": "blind", "0.001": "halfway", "0.01": "as-usual"}
    told["0.01, forger 0.2"] = "too-fast"
    for head, case in told.items():
        wanted = [f"{late(case, name):.2f}" for name in PROOF]
        wanted.append(f"{ends('gan.game', case, 'drawn/kinds')[1]:.0f}")
        assert rows[head] == wanted, head
    assert rows["the proof's end"] == [*(f"{each:.2f}" for each in PROOF.values()), "10"]


def test_the_bet_and_what_is_said_of_it():
    right, loss, forged = (f"{late('blind', name):.2f}" for name in PROOF)
    assert LESSON.says(f"the three numbers are {right}, {loss} and {forged}")
    assert LESSON.says(f"losses of {loss} and {forged}")
    one, some, all_ten = (
        ends("gan.game", case, "drawn/kinds") for case in ("blind", "halfway", "as-usual")
    )
    assert 1 <= one[0] <= one[2] <= 3
    assert 5 <= some[0] <= some[2] <= 8
    assert all_ten[0] >= 9


def test_the_worst_is_nearest_to_the_proof():
    for name, value in PROOF.items():
        off = {case: abs(late(case, name) - value) for case in CASES}
        assert min(off, key=off.get) == "blind"
    assert late("as-usual", "train/called right") == pytest.approx(2 / 3, abs=0.03)
    assert f"{late('as-usual', 'train/discriminator'):.1f}" == "1.2"
    assert late("as-usual", "train/generator") > late("blind", "train/generator")
    assert late("too-fast", "train/called right") > 0.98


def test_told_which_digit_ten_kinds_come_a_hundred_steps_earlier():
    first = {}
    for case in ("told", "as-usual"):
        kept = LESSON.recorded("gan.game", case, "drawn/kinds")
        first[case] = kept["step"][kept["mid"].index(10)]
    assert first["as-usual"] - first["told"] == 100


def test_the_average_is_nearer():
    last, averaged = (ends("gan.style", case, "valid/distance") for case in ("last", "averaged"))
    assert averaged[2] < last[0]
    assert ends("gan.style", "averaged", "valid/of the last weights") == last
    assert LESSON.says(
        f"was {averaged[1]:.0f} with the average, {last[1]:.0f} with the last weights"
    )
    assert f"{0.999**300:.2f}" == "0.74"
    assert LESSON.says("three quarters of it are still the first weights after 300 steps")


def test_slopes_where_a_drawing_is_plainly_false():
    drawn = 1 / (1 + math.exp(10))
    assert f"{drawn:.5f}" == "0.00005"
    assert f"{1 - drawn:.5f}" == "0.99995"


def test_a_walk_that_circles():
    x, y = 1.0, 1.0
    for _ in range(2000):
        x -= 0.1 * y
        y += 0.1 * x
    assert math.hypot(x, y) > 1
    x, y = 1.0, 1.0
    for _ in range(200):
        x, y = x - 0.1 * y, y + 0.1 * x
    assert math.hypot(x, y) > 2


@pytest.mark.parametrize("a", [10, 20, 30])
@pytest.mark.parametrize("b", [45, 60, 75])
def test_the_best_detective_of_the_question(a, b):
    assert LESSON.says("choose = [10, 20, 30]")
    assert LESSON.says("choose = [45, 60, 75]")
    others = [d / 1000 for d in range(1, 1000)]
    paid = {d: -a * math.log(d) - b * math.log(1 - d) for d in others}
    assert min(paid, key=paid.get) == pytest.approx(best(a, b), abs=0.001)


def test_what_is_left_of_the_start():
    for kept in (0.9, 0.99):
        for steps in (20, 50):
            average, start = 1.0, 0.0
            for _ in range(steps):
                average += (1 - kept) * (start - average)
            assert average == pytest.approx(kept**steps)
