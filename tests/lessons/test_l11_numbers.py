"""Every number that the lesson on loss functions states, worked out again."""

import math
import statistics

import pytest
import torch
from evidence import Lesson
from torch.nn import functional

from models.data.digits import splits
from models.losses import Config, hinge, network, spoil, squared_error, targets, train

LESSON = Lesson("day1/11-loss-functions")


def softmax(logits):
    total = sum(math.exp(z) for z in logits)
    return [math.exp(z) / total for z in logits]


def pull(p):
    """The three pulls at the right one of two classes."""
    return 1 - p, 4 * p * (1 - p) ** 2, float(math.log(p / (1 - p)) < 1)


def test_the_two_weather_services():
    assert f"{0.999**2 / 0.6**2:.1f}" == "2.8"
    assert f"{math.log(0.001) / math.log(0.4):.1f}" == "7.5"
    assert LESSON.says("the answer is 2.8 times")
    assert LESSON.says("it is 7.5 times")


def test_the_three_forecasts():
    squares = []
    for forecast, truth, error, square in LESSON.rows("| forecast | truth"):
        assert int(error) == int(forecast) - int(truth)
        assert int(square) == int(error) ** 2
        squares.append(int(square))
    assert (sum(squares), max(squares), len(squares)) == (14, 9, 3)
    assert f"{sum(squares) / 3:.2f}" == "4.67"
    assert f"{math.sqrt(sum(squares) / 3):.2f}" == "2.16"
    assert LESSON.says("14 / 3 = 4.67")
    assert LESSON.says("pays 9 of the 14")
    assert LESSON.says("the root, 2.16")


def test_the_softmax_by_hand():
    powers = [math.exp(z) for z in (2, 1, 0)]
    assert [f"{power:.3f}" for power in powers] == ["7.389", "2.718", "1.000"]
    assert f"{sum(powers):.3f}" == "11.107"
    assert [f"{p:.3f}" for p in softmax([2, 1, 0])] == ["0.665", "0.245", "0.090"]
    assert f"{-math.log(softmax([2, 1, 0])[0]):.3f}" == "0.408"
    assert LESSON.says(r"$-\ln 0.665 = 0.408$")
    logits, label = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0])
    assert f"{float(squared_error(logits, label)):.3f}" == "0.180"
    assert LESSON.says("$0.335^2 + 0.245^2 + 0.090^2 = 0.180$")
    assert float(hinge(logits, label)) == 0
    slopes = [f"{p - (place == 0):.3f}" for place, p in enumerate(softmax([2, 1, 0]))]
    assert slopes == ["-0.335", "0.245", "0.090"]
    assert LESSON.says("it is −0.335, 0.245 and 0.090")


def test_the_table_of_surprise():
    _, *probabilities = LESSON.row("| $p$      |")
    ((_, *prices),) = LESSON.rows("| $p$      |")
    for p, price in zip(probabilities, prices, strict=True):
        assert float(price) == pytest.approx(-math.log(float(p)), abs=0.0005)
    assert f"{math.log(10):.3f}" == "2.303"


def test_a_loss_is_not_a_share_of_mistakes():
    assert f"{-math.log(0.55):.1f}" == "0.6"
    assert LESSON.says("each with $p = 0.55$")
    assert LESSON.says("the last one had $p = e^{-60}$")


def test_squared_error_is_never_above_two():
    sure = torch.tensor([[50.0, 0.0, 0.0]])
    assert float(squared_error(sure, torch.tensor([1]))) == pytest.approx(2)
    assert LESSON.says("It is never above 2")


@pytest.mark.parametrize("p", [0.9, 0.5, 0.01])
def test_the_pulls_are_slopes(p):
    logits = torch.tensor([[math.log(p), math.log(1 - p)]], requires_grad=True)
    label = torch.tensor([0])
    found = []
    for loss in (functional.cross_entropy, squared_error, hinge):
        (slope,) = torch.autograd.grad(loss(logits, label), logits)
        found.append(-float(slope[0, 0]))
    assert found == pytest.approx(pull(p), abs=1e-5)


def test_the_figure_of_the_pulls():
    figure = LESSON.figure("How hard each loss pulls")
    assert max(map(len, figure)) <= 68  # all of it is seen at 80 columns
    heading, lines = figure[2], figure[3:]
    begins = [heading.index(name) for name in ("cross", "squared", "hinge")]
    assert len(lines) == 7
    for line in lines:
        bars = [
            line[begin:end].count("#")
            for begin, end in zip(begins, [*begins[1:], None], strict=True)
        ]
        p = float(line.split()[0])
        assert bars == [round(size / 0.05) for size in pull(p)], p


def test_where_the_pull_of_the_squared_error_turns():
    sizes = [pull(k / 3000)[1] for k in range(1, 3000)]
    assert sizes.index(max(sizes)) + 1 == 1000
    assert f"{pull(0.001)[1]:.3f}" == "0.004"
    assert f"{pull(0.001)[0]:.3f}" == "0.999"
    assert round(pull(0.001)[0] / pull(0.001)[1], -1) == 250
    assert LESSON.says("until $p = 1/3$")
    assert LESSON.says("0.004, and cross-entropy's is 0.999")
    assert LESSON.says("by a factor of 250")


def test_the_prejudice():
    assert f"{math.exp(-12) * 1e6:.0f}" == "6"
    left = softmax([12.0] + 9 * [0.0])[1]
    assert 4 * left == pytest.approx(0.00002, abs=0.000005)
    logits = torch.tensor([[12.0, *9 * [0.0]]], requires_grad=True)
    (slope,) = torch.autograd.grad(squared_error(logits, torch.tensor([1])), logits)
    assert -float(slope[0, 1]) == pytest.approx(4 * left, rel=0.01)
    assert 130 < math.exp(12 - 7) < 170
    assert LESSON.says("about 150 times weaker")
    assert 30 * math.ceil(1097 / 32) == 1050
    assert LESSON.says("A thousand steps of 0.1")


def test_the_sizes():
    data = splits()[0]
    assert len(data.labels) == 1097
    assert [layer.out_features for layer in network() if hasattr(layer, "weight")] == [64, 10]
    spoilt = spoil(data.labels, 0.3, torch.Generator().manual_seed(0))
    assert int((spoilt != data.labels).sum()) == 329
    assert LESSON.says("329 of 1,097")


def test_the_table_of_confidence():
    table = LESSON.rows("| loss          | right")
    for (name, right, sure), case in zip(table, ("cross-0", "squared-0", "hinge-0"), strict=True):
        assert name.split("-")[0].split(" ")[0] == case.split("-")[0]
        assert right == f"{LESSON.recorded('loss.race', case, 'test/accuracy')['mid'][-1]:.2f}"
        assert sure == f"{LESSON.recorded('loss.race', case, 'test/confidence')['mid'][-1]:.2f}"
    assert LESSON.says("Hinge: 0.96 right and only 0.67 sure")
    assert LESSON.says("less sure than cross-entropy, at 0.83")


def test_the_bet():
    def valid(case):
        return LESSON.recorded("loss.race", case, "valid/accuracy")

    assert set(valid("squared-12")["lo"] + valid("squared-12")["hi"]) == {0.112}
    assert valid("cross-12")["step"][5] == 175
    assert min(valid("cross-12")["lo"][5:]) > 0.75
    assert max(valid("squared-7")["hi"][:3]) < 0.3
    assert valid("squared-7")["mid"][-1] > 0.9


def test_the_marks_have_a_margin():
    for run, mark in (("loss.race", 0.85), ("loss.noise", 0.80)):
        for name, case in LESSON.cases(run).items():
            ends = case["series"]["test/accuracy"]
            if case["outcome"] == "pass":
                assert ends["lo"][-1] >= mark + 0.05, name
            else:
                assert ends["hi"][-1] <= mark - 0.05, name


def test_up_and_down_with_wrong_labels():
    valid = LESSON.recorded("loss.noise", "noise-cross", "valid/accuracy")
    best = max(range(len(valid["mid"])), key=lambda place: valid["mid"][place])
    assert valid["mid"][best] >= 0.9
    at_thirty = min(range(len(valid["step"])), key=lambda place: abs(valid["step"][place] - 1050))
    assert valid["mid"][at_thirty] == pytest.approx(0.9, abs=0.03)
    assert valid["mid"][-1] < 0.75


def test_label_smoothing():
    wanted = targets(torch.tensor([3]), 10, 0.1)[0]
    assert float(wanted[3]) == pytest.approx(0.91)
    assert float(wanted[0]) == pytest.approx(0.01)
    assert f"{-float((wanted * wanted.log()).sum()):.2f}" == "0.50"
    assert LESSON.says("possible loss is then 0.50")


def test_the_answers_of_the_questions():
    assert -math.log(0.25) == pytest.approx(1.386, abs=0.001)
    assert math.log(100) == pytest.approx(4.605, abs=0.001)
    assert softmax([102, 101, 100]) == pytest.approx(softmax([2, 1, 0]))
    for p, price in ((0.001, "6.9"), (0.5, "0.7"), (0.01, "4.6")):
        assert f"{-math.log(p):.1f}" == price


def test_going_further():
    twice = functional.cross_entropy(torch.eye(10)[:1], torch.tensor([0]))
    assert f"{float(twice):.3f}" == f"{math.log(1 + 9 / math.e):.3f}" == "1.461"
    assert (statistics.mean([1, 2, 9]), statistics.median([1, 2, 9])) == (4, 2)

    def cheapest(price):
        return min(range(1, 100), key=lambda k: 0.7 * price(k / 100) + 0.3 * price(1 - k / 100))

    assert cheapest(lambda p: -math.log(p)) == cheapest(lambda p: (1 - p) ** 2) == 70
    assert pytest.approx(-math.log(0.3), rel=1e-4) == (1 - 0.3**1e-6) / 1e-6


def test_a_run_goes_where_the_recorded_ones_went():
    *_, end = train(Config(epochs=8, prejudice=12.0))
    valid = LESSON.recorded("loss.race", "cross-12", "valid/accuracy")
    place = valid["step"].index(end.step)
    found = float(end.scalars["valid/accuracy"])
    assert valid["lo"][place] - 0.02 <= found <= valid["hi"][place] + 0.02
