"""Every number that the lesson on machines that listen and drive states, worked out again."""

import math

import pytest
import torch
from evidence import Lesson, ended

from models import driving
from models.driving import LAP, ROUND, TRAINED_ON, Config, collect, network, policy_of
from models.road import HALF_WIDTH, Car, track

LESSON = Lesson("day1/05-listen-and-drive")


@pytest.fixture(scope="module")
def trained():
    """Runs of seed 0 by their knobs: the network, and the last value of every series."""
    known = {}

    def run(**knobs):
        key = repr(knobs)
        if key not in known:
            torch.set_num_threads(1)
            known[key] = ended(driving.train(Config(**knobs)))
        return known[key]

    return run


def test_three_or_206():
    wrong = sum(1 - 0.99**step for step in range(1, 301))
    assert f"{wrong:.0f}" == "206"
    assert f"{0.01 * 300:.0f}" == "3"
    assert f"{0.99**300:.3f}" == "0.049"
    assert LESSON.says("$0.99^{300} = 0.049$. On average 206 of the 300 steps are wrong")
    # Twice the steps: about four times the cost while slips are rare.
    rare = [sum(1 - 0.99999**step for step in range(1, count + 1)) for count in (100, 200)]
    assert rare[1] / rare[0] == pytest.approx(4, abs=0.05)


def test_one_word_in_seventeen():
    assert f"{1 / 0.058:.0f}" == "17"
    assert LESSON.says("5.8 % of words wrong, the professionals 5.9 %")


def test_the_expert_as_she_is_described():
    car = Car(track(1))
    for aside, askew in ((0.0, 0.1), (0.7, -0.2), (-0.4, 0.0)):
        car.reset(aside, askew)
        left, turn = car.error()
        assert car.expert() == pytest.approx(max(-1.0, min(1.0, 1.6 * turn - 0.55 * left)))
    assert pytest.approx(-0.825) == -0.55 * 1.5
    assert HALF_WIDTH == 2.2


def test_the_figure_is_what_is_seen():
    def drawn(view):
        return ["".join("▒▒" if x else "··" for x in row.flip(0)) for row in view.flip(0)]

    car = Car(track(1))
    middle = drawn(car.view())
    car.reset(aside=1.5)
    left = drawn(car.view())
    lines = LESSON.figure("1.5 to the left of the middle")[2:]
    keep = [1, 3, 5, 9, 10, 11]
    assert [line[2:34] for line in lines] == [middle[row] for row in keep]
    assert [line[38:] for line in lines] == [left[row] for row in keep]


def test_what_she_shows_when_nobody_jogs_her():
    car, aside, steer = Car(track(TRAINED_ON[0])), [], []
    for _ in range(ROUND):
        aside.append(abs(car.error()[0]))
        steer.append(car.expert())
        car.step(steer[-1])
    assert ROUND == 250
    assert f"{max(aside):.2f}" == "0.02"
    assert (f"{abs(min(steer)):.2f}", f"{max(steer):.2f}") == ("0.00", "0.16")


def test_what_she_shows_when_jogged():
    car, aside = Car(track(TRAINED_ON[0])), []
    generator = torch.Generator().manual_seed(0)
    for _ in range(ROUND):
        aside.append(abs(car.error()[0]))
        car.step(car.expert() + 0.5 * float(torch.randn(3, generator=generator)[0]))
    assert 0.8 <= max(aside) <= 1.1
    _, wanted = collect(track(TRAINED_ON[0]), None, 0.5, torch.Generator().manual_seed(0))
    assert (float(wanted.min()), float(wanted.max())) == (-1.0, 1.0)


def test_one_of_the_four_roads_throws_her_off():
    worst = []
    for seed in TRAINED_ON:
        car, seen = Car(track(seed)), []
        for _ in range(ROUND):
            seen.append((abs(car.error()[0]), car.expert()))
            car.step(seen[-1][1])
        worst.append((max(x for x, _ in seen), min(x for _, x in seen)))
    far, steer = max(worst)
    assert (f"{far:.2f}", f"{steer:.2f}") == ("0.19", "-0.54")
    assert far / worst[0][0] == pytest.approx(10, abs=2)
    assert sorted(worst)[-2][0] < 0.1


def test_before_the_bet(trained):
    calm, jogged = trained()[1], trained(data="jogged")[1]
    assert calm["valid/steps"] == pytest.approx(32, abs=1)
    assert math.sqrt(calm["valid/mse, her way"]) == pytest.approx(0.04, abs=0.006)
    assert calm["valid/mse, her way"] == pytest.approx(0.0017, rel=0.15)
    assert jogged["valid/mse, her way"] == pytest.approx(0.0028, rel=0.15)
    assert jogged["valid/mse, her way"] > 1.5 * calm["valid/mse, her way"]


KNOBS = [{}, {"epochs": 60}, {"data": "jogged"}, {"tracks": 4}]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", range(4))
def test_the_table_of_the_runs(row, trained):
    _, beside, own, steps = LESSON.rows("| learned from ")[row]
    found = trained(**KNOBS[row])[1]
    assert float(beside) == pytest.approx(found["test/mse, her way"], rel=0.2)
    assert float(own) == pytest.approx(found["test/mse, own way"], rel=0.2)
    assert float(steps) == pytest.approx(found["test/steps"], rel=0.15)


def test_a_third_of_the_error_and_half_of_the_scale():
    table = [[float(x) for x in row[1:]] for row in LESSON.rows("| learned from ")]
    assert table[1][0] / table[2][0] == pytest.approx(1 / 3, abs=0.04)
    assert f"{math.sqrt(table[1][1]):.1f}" == "0.5"
    assert LESSON.says("off by 0.5, where 1 is the wheel hard over")


def test_the_drive_step_by_step(trained):
    car, policy = Car(track(1)), policy_of(trained()[0])
    told = {int(row[0]): [float(x) for x in row[1:]] for row in LESSON.rows("| step | left")}
    for step in range(31):
        steer = policy(car.view())
        if step in told:
            assert [car.error()[0], car.expert(), steer] == pytest.approx(told[step], abs=0.06)
        assert car.step(steer)


def test_the_shape_of_the_question():
    assert network()[0](torch.zeros(5, 1, 12, 16)).shape == (5, 8, 6, 8)
    assert 'answer = "(B, 8, 6, 8)"' in LESSON.text


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_dagger_on_twenty_seeds(trained):
    ends = [trained(rounds=3, seed=seed)[1] for seed in range(20)]
    assert all(end["valid/steps"] == LAP for end in ends)
    assert sum(end["test/tracks"] == 3 for end in ends) == pytest.approx(14, abs=2)
    assert LESSON.says("on 14 of the 20")


def test_the_curves_of_the_bet_are_apart():
    ends = LESSON.bands("drive.clone", "valid/steps")
    assert ends["timid"]["hi"][-1] < ends["calm"]["lo"][-1]
    assert ends["calm"]["hi"][-1] < 100
    assert ends["jogged"]["lo"][-1] == LAP
