"""Every number that the lesson on Boltzmann machines and belief nets states, worked out again."""

import itertools
import math

import pytest
import torch
from evidence import Lesson

from models import belief
from models.data.digits import splits
from models.reading import Reading

LESSON = Lesson("day2/25-boltzmann-and-belief")
WEIGHTS = torch.tensor([[2.0, 0.0], [2.0, -1.0], [0.0, 2.0]])
BELOW, ABOVE = torch.tensor([-1.0, -1.0, 0.0]), torch.tensor([-1.0, 0.0])
BEGAN = [
    ("nothing", "sigmoid"),
    ("dealt", "sigmoid"),
    ("images", "sigmoid"),
    ("nothing", "ReLU"),
]


def at_the_end(**knobs):
    last = {}
    for each in belief.train(belief.Config(**knobs)):
        if isinstance(each, Reading):
            last |= {name: float(value) for name, value in each.scalars.items()}
    return last


def begun(shown, activation):
    """A stack as fine-tuning finds it, with seed 0."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    config, machines = belief.Config(shown=shown, activation=activation.lower()), []
    images = splits()[0].images.flatten(1)
    if shown != "nothing":
        seen = belief.deal(images, generator) if shown == "dealt" else images
        list(belief.greedy(config, seen, generator, machines))
    return belief.stack(machines, config.activation)


def test_four_states():
    seen = torch.tensor([1.0, 1.0, 0.0])
    table = LESSON.rows("|  h1 |  h2 ")
    energies = []
    for row in table:
        units = torch.tensor([float(row[0]), float(row[1])])
        energies.append(-float(seen @ WEIGHTS @ units + seen @ BELOW + units @ ABOVE))
        assert energies[-1] == float(row[2])
        assert f"{math.exp(-energies[-1]):.2f}" == row[3]
    shares = (-torch.tensor(energies)).softmax(0).tolist()
    assert [f"{share:.2f}" for share in shares] == [row[4] for row in table]
    on = sum(share for share, row in zip(shares, table, strict=True) if row[0] == "1")
    assert on == pytest.approx(1 / (1 + math.exp(-3)), abs=1e-6)
    assert float(seen @ WEIGHTS[:, 0] + ABOVE[0]) == 3 == 2 + 2 - 1
    assert f"{on:.2f}" == "0.95"


def test_the_machine_of_the_figure():
    lines = LESSON.figure("A weight at each crossing")
    for line, weights, bias in zip(lines[1:4], WEIGHTS.tolist(), BELOW.tolist(), strict=True):
        words = line.replace("[", " ").replace("]", " ").replace("----", " ").split()
        assert [float(words[2]), float(words[3]), float(words[4])] == [bias, *weights]
    assert [float(word) for word in lines[-1].split()[1:]] == ABOVE.tolist()


def test_the_stack():
    model = belief.stack([])
    assert sum(each.numel() for each in model.parameters()) == 18_986
    assert sum(each.numel() for each in model[-1].parameters()) == 330
    sizes = [64, 128, 64, 32]
    assert list(belief.SIZES) == sizes
    drawn = LESSON.figure("machine 1")
    assert [int(line.split()[0]) for line in drawn] == [10, 32, 64, 128, 64]
    assert len(splits()[0].labels) == 1097


@pytest.mark.parametrize("began", BEGAN, ids="-".join)
def test_how_much_the_units_differ_before_any_label(began):
    rows = {
        (row[0], row[1]): row[2:] for row in LESSON.rows("| shown first | activation | layer 1")
    }
    images, model = splits()[2].images, begun(*began)
    with torch.no_grad():
        told = [float(model[:end](images).std(0).mean()) for end in (3, 5, 7)]
    for value, cell in zip(told, rows[began], strict=True):
        assert f"{value:.{len(cell) - 2}f}" == cell


def test_a_layer_of_random_sigmoids_leaves_a_seventh():
    row = next(iter(LESSON.rows("| shown first | activation | layer 1")))
    first, second, third = map(float, row[2:])
    assert 1 / 8 < second / first < 1 / 6
    assert 1 / 8 < third / second < 1 / 6


@pytest.mark.slow
@pytest.mark.parametrize("began", BEGAN, ids="-".join)
def test_after_60_passes(began):
    rows = {(row[0], row[1]): row[2:] for row in LESSON.rows("| shown first | activation | after")}
    right = at_the_end(shown=began[0], activation=began[1].lower())["test/accuracy"]
    assert f"{right:.2f}" == rows[began][0]


@pytest.mark.slow
@pytest.mark.parametrize("began", BEGAN, ids="-".join)
def test_after_600_passes_the_fifty_are_known_by_heart(began):
    rows = {(row[0], row[1]): row[2:] for row in LESSON.rows("| shown first | activation | after")}
    last = at_the_end(shown=began[0], activation=began[1].lower(), fine_epochs=600)
    assert f"{last['test/accuracy']:.2f}" == rows[began][1]
    assert last["train/loss"] < 0.02


def test_rubbish_does_about_three_quarters():
    rows = LESSON.rows("| shown first | activation | after")
    for column in (2, 3):
        nothing, dealt, images = (float(row[column]) for row in rows[:3])
        assert 0.65 < (dealt - nothing) / (images - nothing) < 0.85


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", LESSON.rows("| shown first | activation | right"), ids=lambda row: "-".join(row[:2])
)
def test_with_all_labels(row):
    last = at_the_end(shown=row[0], activation=row[1].lower(), labels=1097, fine_epochs=15)
    assert f"{last['test/accuracy']:.2f}" == row[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shown", "learns", "right"),
    [
        ("images", "last layer", "0.87"),
        ("images", "all layers", "0.87"),
        ("dealt", "last layer", "0.77"),
        ("nothing", "last layer", "0.10"),
    ],
)
def test_names_alone(shown, learns, right):
    last = at_the_end(shown=shown, learns=learns, learning_rate=0.03)
    assert f"{last['test/accuracy']:.2f}" == right
    assert right in LESSON.text.split("## Extra: all labels")[1].split("\n## ")[0]


def test_the_bet():
    bands = {
        case: LESSON.recorded("bm.stack", case, "valid/accuracy")
        for case in ("nothing", "dealt", "images")
    }
    for lower, upper in itertools.pairwise(("nothing", "dealt", "images")):
        assert bands[lower]["hi"][-1] < bands[upper]["lo"][-1]
    assert bands["nothing"]["mid"][-1] == pytest.approx(0.5, abs=0.03)
    assert bands["images"]["mid"][-1] == pytest.approx(0.83, abs=0.02)
    middle = (bands["nothing"]["mid"][-1] + bands["images"]["mid"][-1]) / 2
    assert bands["dealt"]["mid"][-1] > middle


@pytest.mark.parametrize("w", [-1, -2, 1])
def test_a_unit_of_the_questions(w):
    weights = torch.tensor([[2.0], [-1.0], [float(w)]])
    found = torch.sigmoid(torch.tensor([1.0, 0.0, 1.0]) @ weights - 1)
    assert float(found) == pytest.approx(1 / (1 + math.exp(-(1 + w))), abs=1e-6)
