"""Every number that the lesson on limits states, worked out again."""

import runpy
import tomllib
from functools import cache
from math import comb

import pytest
from evidence import COURSE, Lesson

from models import writing
from models.adder import BATCH, Config, Line, train
from models.data import manual
from models.reading import Reading
from tutor.core.instruments.imitation import at_least

LESSON = Lesson("day2/45-limits")
LENGTHS = ("1 digit", *(f"{digits} digits" for digits in (2, 3, 4, 5, 8)))


@cache
def run(**knobs: float | str) -> dict[str, float]:
    *_, last = train(Config(**knobs))
    assert isinstance(last, Reading)
    return {name: float(value) for name, value in last.scalars.items()}


def test_turing_s_sum_is_wrong_by_one_carry():
    assert 34957 + 70764 - 105621 == 100
    assert LESSON.says("add 34957 to 70764")
    assert LESSON.says("machine says 105621")
    # The tens, with the carry of the ones, carry one into the hundreds.
    assert (7 + 4) // 10 == 1
    assert (5 + 6 + 1) // 10 == 1
    assert (9 + 7) % 10 == 6


def test_how_many_sums_there_are_and_how_many_it_sees():
    counts = [10**2, 90**2, 900**2]
    assert [f"{each:,}" for each in (*counts, sum(counts))] == [
        "100",
        "8,100",
        "810,000",
        "818,200",
    ]
    assert LESSON.says("818,200 such sums: 100 with one digit, 8,100 with two, 810,000 with three")
    steps = Config().steps
    assert LESSON.says(f"{steps} steps of {BATCH} sums, {steps * BATCH:,} in all")
    assert f"{steps * BATCH / counts[2]:.0%}" == "7%"
    assert LESSON.says(f"{sum(p.numel() for p in Line(True).parameters()):,} weights")


def test_the_drawing_of_a_line():
    lines = LESSON.figure("it reads")
    assert "3 2 1 + 6 5 4 =" in lines[0]
    assert "9 7 5 0 ." in lines[1]
    assert int("".join(reversed("9750"))) == 123 + 456
    assert "0579" in lines[1]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_table_of_lengths():
    rows = LESSON.rows("| digits of each number")
    cases = ({}, {"written": "columns"}, {"written": "columns", "digits": 1})
    for row, knobs in zip(rows, cases, strict=True):
        found = run(**knobs)
        wanted = [100 * found[f"test/{each}"] for each in LENGTHS]
        assert [float(cell) for cell in row[1:]] == pytest.approx(wanted, abs=1.5)


def test_the_choices_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("limits.adder", case, "valid/4 digits")
        for case in ("line", "columns", "one")
    }
    assert max(ends["line"]["hi"]) <= 0.01
    assert ends["line"]["hi"][-1] < ends["one"]["lo"][-1]
    assert 0.08 <= ends["one"]["mid"][-1] <= 0.25
    assert ends["one"]["hi"][-1] < 0.35
    assert ends["columns"]["lo"][-1] >= 0.97
    assert LESSON.recorded("limits.adder", "line", "valid/3 digits")["mid"][-1] > 0.9


def test_one_sum_in_six_needs_no_carry():
    lowest = sum(a + b < 10 for a in range(10) for b in range(10)) / 100
    assert 1 / 7 < lowest**3 < 1 / 5.5


def test_the_persons_are_held_out_and_every_line_begins_alike():
    texts = {
        name: (COURSE / LESSON.place / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        for name in ("persons", "networks")
    }
    book = " ".join(manual.text().split())
    held_out = " ".join(manual.text()[int(0.9 * len(manual.text())) :].split())
    for name, lines in texts.items():
        assert len(lines) >= 12
        assert len(set(lines)) == len(lines)
        assert all(line.startswith("The ") for line in lines)
        assert all(len(line) <= 165 for line in lines)
        for line in lines:
            assert (line in held_out) == (name == "persons")
            assert (line in book) == (name == "persons")


@pytest.mark.slow
def test_the_networks_lines_are_what_two_runs_wrote_and_all_of_it():
    kept = (COURSE / LESSON.place / "networks.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for seed in (0, 1):
        *_, last = writing.train(writing.Config(seed=seed))
        found += [line.rstrip() for line in last.pictures["lines"].caption.splitlines()]
    assert kept == found


def test_what_a_coin_does():
    fences = LESSON.text.split("```toml lab\n")[1:]
    (lab,) = (tomllib.loads(fence.split("\n```", 1)[0]) for fence in fences)
    assert lab["options"]["rounds"] == 6
    assert at_least(6, 6) == 1 / 64
    assert at_least(5, 6) == 7 / 64
    assert f"{7 / 64:.1%}" == "10.9%"
    assert LESSON.says("once in 64 games, and in five or more in 7 of 64, which is 10.9 %")
    seventy = sum(comb(100, k) for k in range(70, 101)) / 2**100
    assert f"{100_000 * seventy:.0f}" == "4"
    assert LESSON.says("about four times in 100,000")


def test_the_intervals_that_are_quoted():
    names = runpy.run_path(str(COURSE / LESSON.place / "solution/card.py"))
    assert f"{names['interval'](0, 400)[1]:.4f}" == "0.0095"
    assert f"{names['interval'](10, 10)[0]:.2f}" == "0.72"
    assert LESSON.says("reaches to 0.0095")
    assert LESSON.says("down to 0.72")


def test_the_keys_of_the_questions():
    assert 957 + 764 == 1721
    digits = zip("957", "764", strict=True)
    assert "".join(str((int(a) + int(b)) % 10) for a, b in digits) == "611"
    assert LESSON.says('accept = ["611"]')
    for n in (16200, 40500, 56700, 72900):
        assert 100 * n / 900**2 == int(100 * n / 900**2)
