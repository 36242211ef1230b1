"""Every number that the lesson on clusters and anomalies states, worked out again."""

import math
import statistics
from itertools import pairwise

import pytest
import torch
from evidence import Lesson

from models import autoencoder, clusters
from models.autoencoder import auroc
from models.data.digits import splits
from models.reading import Reading

LESSON = Lesson("day1/07-clusters-and-anomalies")
BUT_8 = "012345679"
INK = " ░▒▓█"
SENSOR = [10, 11, 9, 10, 12, 10, 11, 1_000_000]


def without(digit: int) -> torch.Tensor:
    data = splits()[0]
    return data.images[data.labels != digit].flatten(1)


def from_average(digit: int) -> float:
    """The AUROC of the distance to the average, where this digit was hidden."""
    test = splits()[2]
    far = (test.images.flatten(1) - without(digit).mean(0)).square().sum(1)
    return auroc(far, test.labels == digit)


def at_the_end(module, **knobs) -> list[Reading]:
    config = module.Config(normal=BUT_8, **knobs)
    return [item for item in module.train(config) if isinstance(item, Reading)]


def test_so_many_images():
    assert len(without(8)) == 988
    assert len(splits()[2].images) == 450
    assert LESSON.says("Here are 988 small pictures")
    assert LESSON.says("450 test images")


def test_the_figure_of_the_average_and_the_distances():
    figure = LESSON.figure("mean of new images of each digit")[3:]
    mean, test = without(8).mean(0), splits()[2]
    for line, row in zip(figure[1:9], mean.reshape(8, 8), strict=True):
        drawn = "".join(INK[min(4, int(float(value) * 5.6))] * 2 for value in row)
        assert line[2:18] == drawn
    far = []
    for digit in range(10):
        images = test.images[test.labels == digit].flatten(1)
        far.append((float((images - mean).square().sum(1).mean()), digit))
    told = [line[18:].split() for line in figure]
    for (distance, digit), (name, number, bar) in zip(sorted(far), told, strict=True):
        assert (name, number, len(bar)) == (str(digit), f"{distance:.2f}", round(7 * distance))
    assert min(far)[1] == 8


def test_four_points_on_a_line():
    line = torch.tensor([[0.0], [2.0], [10.0], [12.0]])
    start = torch.tensor([[0.0], [10.0]])
    moved = clusters.turn(line, start)
    assert moved.flatten().tolist() == [1, 11]
    assert torch.equal(clusters.turn(line, moved), moved)
    assert (float(clusters.inertia(line, start)), float(clusters.inertia(line, moved))) == (8, 4)
    assert LESSON.says("Here it goes from 8 to 4")
    six = torch.tensor([[6.0]])
    assert float(clusters.oddness(six, line.mean(0, keepdim=True))) == 0
    assert float(clusters.oddness(six, moved)) == 25
    assert float(clusters.oddness(line, moved).max()) < 25


def test_the_aurocs_of_one_average():
    assert f"{from_average(8):.2f}" == "0.18"
    assert f"{from_average(4):.2f}" == "0.87"
    assert LESSON.says("with the 4 hidden it would have 0.13")
    assert f"{1 - from_average(4):.2f}" == "0.13"
    assert f"{1 - from_average(8):.2f}" == "0.82"


@pytest.mark.parametrize("row", [r for r in LESSON.text.splitlines() if r.startswith("|  ")])
def test_the_table_of_centres(row):
    count, inertia, score = (float(cell) for cell in row.strip("|").split("|"))
    *_, before, last = at_the_end(clusters, clusters=int(count), tries=3, turns=15)
    assert float(before.scalars["train/best inertia"]) == pytest.approx(inertia, abs=0.012)
    assert float(last.scalars["test/auroc"]) == pytest.approx(score, abs=0.012)


def test_the_table_has_four_rows():
    assert len([r for r in LESSON.text.splitlines() if r.startswith("|  ")]) == 4


def test_with_one_centre_the_least_odd_are_mostly_eights():
    first = at_the_end(clusters, clusters=1, tries=1)[0]
    assert first.pictures["odd"].labels[8:].count("8") >= 4
    assert "8" not in first.pictures["odd"].labels[:8]


def test_there_are_several_ways_to_write_a_1():
    seen = without(8)
    data = splits()[0]
    centres = clusters.plus_plus(seen, 20, torch.Generator().manual_seed(0))
    for _ in range(clusters.TURNS):
        centres = clusters.turn(seen, centres)
    mine = clusters.owners(seen, centres)
    ones = clusters.majority(mine, data.labels[data.labels != 8], 20).tolist().count(1)
    assert ones >= 3


def test_the_curves_of_the_bet_are_apart():
    bands = LESSON.bands("odd.centres", "valid/auroc")
    ends = {name: band["mid"][-1] for name, band in bands.items()}
    assert f"{ends['one']:.2f}" == "0.15"
    assert 0.75 <= ends["nine"] <= 0.85
    assert ends["every"] > 0.95


def test_the_better_copy_is_the_worse_detector():
    four, wide = (at_the_end(autoencoder, bottleneck=b, epochs=40) for b in (4, 64))
    assert float(four[-1].scalars["test/mse"]) > float(wide[-1].scalars["test/mse"])
    assert float(four[-1].scalars["test/auroc"]) > 0.84 > 0.75 > wide[-1].scalars["test/auroc"]
    epochs = [item.scalars for item in wide if "valid/auroc" in item.scalars]
    errors = [float(scalars["valid/mse"]) for scalars in epochs]
    scores = [scalars["valid/auroc"] for scalars in epochs]
    assert (f"{errors[0]:.3f}", f"{errors[-1]:.3f}") == ("0.073", "0.004")
    assert sum(later < sooner for sooner, later in pairwise(errors)) >= 36
    assert scores[0] == pytest.approx(0.19, abs=0.02)
    assert max(scores) == pytest.approx(0.81, abs=0.02)
    assert scores[-1] == pytest.approx(0.61, abs=0.03)


def test_the_score_that_cannot_be_reached():
    z = (SENSOR[-1] - statistics.mean(SENSOR)) / statistics.stdev(SENSOR)
    bound = 7 / math.sqrt(8)
    assert f"{z:.2f}" == "2.47"
    assert f"{bound:.3f}" == "2.475"
    assert z < bound < 2.5
    median = statistics.median(SENSOR)
    step = statistics.median(abs(value - median) for value in SENSOR)
    assert (median, step) == (10.5, 0.5)
    assert (SENSOR[-1] - median) / step == pytest.approx(2_000_000, rel=1e-4)
    listed = ", ".join(str(value) for value in SENSOR[:-1])
    assert LESSON.says(f"Eight readings of a sensor: {listed}, and one million")


@pytest.mark.parametrize("w", [6, 8, 10])
def test_the_start_that_is_stuck(w):
    corners = torch.tensor([[0.0, 0], [0, 2], [w, 0], [w, 2]])
    stuck = torch.tensor([[w / 2, 0.0], [w / 2, 2]])
    assert torch.equal(clusters.turn(corners, stuck), stuck)
    assert float(clusters.inertia(corners, stuck)) == w**2
    assert float(clusters.inertia(corners, torch.tensor([[0.0, 1], [w, 1]]))) == 4


@pytest.mark.parametrize("a", [12, 14, 16])
def test_the_second_centre(a):
    line = torch.tensor([[0.0], [2], [10], [a]])
    assert float(clusters.turn(line, torch.tensor([[0.0], [10]]))[1]) == (10 + a) / 2


@pytest.mark.parametrize("x", [3, 4, 5])
def test_how_odd_between_the_centres(x):
    odd = clusters.oddness(torch.tensor([[float(x)]]), torch.tensor([[1.0], [11]]))
    assert float(odd) == (x - 1) ** 2


@pytest.mark.parametrize("v", [12, 15, 18])
def test_what_the_missing_parentheses_give(v):
    least, most = 10, 20
    assert v - least / most - least == v - 10.5
    assert (v - least) / (most - least) == (v - 10) / 10
