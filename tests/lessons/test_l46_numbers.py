"""The capstone: its figures measured again, its budgets counted, its bet's bands apart."""

import math
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from evidence import COURSE, Lesson

from models.contest import Config, parameters, weather
from models.data.weather import splits
from models.reading import Reading

LESSON = Lesson("day2/46-capstone")
FOLDER = COURSE / LESSON.place
FILES = {"line": "line", "16 units": "small", "128 and 128": "large"}


def module(file):
    spec = spec_from_file_location("learner", FOLDER / file)
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def size(file):
    return parameters(module(file).build())


@cache
def skills(network, steps=1500, rate=3e-3):
    """Of 2014 and 2015, with seed 0."""
    file = str(FOLDER / "rivals" / f"{FILES[network]}.py")
    *_, last = weather.train(Config(learner=file, steps=steps, learning_rate=rate))
    assert isinstance(last, Reading)
    return float(last.scalars["valid/skill"]), float(last.scalars["test/skill"])


def test_persistence_and_its_days():
    known, valid, test = splits()
    assert (len(known.targets), len(valid.targets), len(test.targets)) == (724, 365, 365)
    off = float((test.targets - test.today).abs().mean())
    assert round(off, 2) == 2.24
    assert LESSON.says("off by 2.24 °C")
    assert round(0.06 * off, 2) == 0.13
    assert round(18305 / 724) == 25
    assert LESSON.says("25 for each day")
    assert pytest.approx(0.2) == 1 - 2.0 / 2.5


@pytest.mark.slow
def test_the_table_of_forecasters():
    rows = {row[0]: row[1:] for row in LESSON.rows("| forecaster ")}
    assert rows.pop("same as today") == ["0", "0", "0"]
    ways = {
        "line": ("line", 1500, 3e-3),
        "16 units": ("16 units", 1500, 3e-3),
        "128 and 128": ("128 and 128", 1500, 3e-3),
        "128 and 128, 100 steps": ("128 and 128", 100, 3e-3),
        "128 and 128, rate 0.0001": ("128 and 128", 1500, 1e-4),
    }
    assert set(rows) == set(ways)
    for name, (count, chosen, final) in rows.items():
        network = ways[name][0]
        assert int(count) == size(f"rivals/{FILES[network]}.py")
        # In hundredths: another torch may round a weight otherwise.
        found = skills(*ways[name])
        assert found == pytest.approx((float(chosen), float(final)), abs=0.012)


def test_the_bands_of_the_bet_are_apart():
    bands = {
        case: LESSON.recorded("cap.sizes", case, "valid/skill")
        for case in ("large", "timid", "careful")
    }
    assert bands["large"]["hi"][-1] < 0 < bands["timid"]["hi"][-1]
    assert bands["large"]["hi"][-1] < bands["timid"]["lo"][-1]
    assert bands["timid"]["hi"][-1] < 0.03 < bands["careful"]["lo"][-1]


def test_the_budgets_of_the_solutions():
    assert size("solution/writers.py") == 925
    assert size("solution/manual.py") == 19152
    assert size("solution/weather.py") == 13
    assert LESSON.says("takes 650")
    assert 64 * 10 + 10 == 650
    assert size("start/writers.py") > 999
    assert size("start/robust.py") > 20_000
    assert size("start/weather.py") > 20_000
    assert size("wrong/too_large.py") > 200_000
    assert 64 * 90 == 5760
    assert 90 * 10 + 10 == 910


@pytest.mark.parametrize(
    ("run", "series", "low", "high"),
    [
        ("cap.writers", "valid/accuracy", 0.93, 0.97),
        ("cap.manual", "valid/loss", 1.68, 1.72),
        ("cap.robust", "valid/attacked", 0.55, 0.62),
        ("cap.robust", "valid/clean", 0.94, 0.98),
        ("cap.weather", "valid/skill", 0.045, 0.065),
    ],
)
def test_what_ours_reached(run, series, low, high):
    found = LESSON.recorded(run, "solution", series)
    assert low <= found["lo"][-1] <= found["hi"][-1] <= high


def test_what_knowing_nothing_costs():
    assert round(math.log(103), 2) == 4.63
    assert LESSON.says("1.44 bits")
    assert round(1 / math.log(2), 2) == 1.44
    assert math.log(103) / math.log(2) == pytest.approx(6.687, abs=1e-3)
