"""Every number that the lesson on layers and depth states, worked out again."""

import math
import statistics

import pytest
import torch
from evidence import Lesson, ended
from torch import nn

from models import playground
from models.data.digits import splits
from models.depth import GREY, UNITS, Config, network, train

LESSON = Lesson("day1/10-layers-and-depth")


def ends(seeds: int, **knobs) -> list[float]:
    """The share of the test images that is right at the end, for each seed."""
    return [ended(train(Config(seed=seed, **knobs)))[1]["test/accuracy"] for seed in range(seeds)]


def parameters(model: nn.Module) -> int:
    return sum(each.numel() for each in model.parameters())


def test_the_photocopier():
    assert 0.0001 < 0.41**10 < 0.00015
    assert f"{math.sqrt(1 / 6):.2f}" == "0.41"
    assert LESSON.says("keeps 41 % of the contrast")
    assert LESSON.says("its root is 0.41")


def test_the_figure_of_the_layer():
    lines = LESSON.figure("inputs    2")
    x = [int(each) for each in lines[1].split()[1:5]]
    for line, wanted in zip(lines[3:6], ([4, 3, 3], [1, -2, 0], [1, 1, 1]), strict=True):
        numbers = [int(each) for each in line.replace("+", " ").replace("=", " ").split()[2:]]
        weights, products, (total, bias, sum_, relu) = numbers[:4], numbers[4:8], numbers[8:]
        assert products == [w * each for w, each in zip(weights, x, strict=True)]
        assert (total, sum_, relu) == (sum(products), total + bias, max(0, total + bias))
        assert [total, sum_, relu] == wanted
    layer = nn.Linear(4, 3)
    assert parameters(layer) == 15
    assert layer.weight.shape == (3, 4)
    assert layer(torch.zeros(32, 4)).shape == (32, 3)


def test_the_collapse_by_hand():
    w1, b1 = torch.tensor([[1.0, 2], [0, 1]]), torch.tensor([1.0, 0])
    w2, b2 = torch.tensor([[3.0, -1]]), torch.tensor([2.0])
    x = torch.ones(2)
    assert (w1 @ x + b1).tolist() == [4, 1]
    assert (w2 @ (w1 @ x + b1) + b2).tolist() == [13]
    assert (w2 @ w1).tolist() == [[3, 5]]
    assert (w2 @ b1 + b2).tolist() == [5]
    assert LESSON.says(r"$3 \cdot 4 - 1 + 2 = 13$")
    assert LESSON.says(r"the bias is $3 \cdot 1 - 1 \cdot 0 + 2 = 5$, and $3 + 5 + 5 = 13$")


def test_the_table_of_slopes():
    functions = {
        "sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
        "tanh": lambda x: 2 / (1 + torch.exp(-2 * x)) - 1,
        "ReLU": torch.relu,
    }
    for name, _, *written in LESSON.rows("| activation | formula"):
        for place, cell in zip((0.0, 4.0), written, strict=True):
            x = torch.tensor(place, requires_grad=True)
            functions[name](x).backward()
            if cell != "a kink":
                assert float(cell) == pytest.approx(float(x.grad), rel=0.05)
    x = torch.linspace(-3, 3, 7)
    torch.testing.assert_close(functions["tanh"](x), torch.tanh(x))
    torch.testing.assert_close(torch.relu(x) + torch.relu(-x), x.abs())


def test_the_sizes():
    assert len(splits()[0].labels) == 1097
    assert parameters(network(Config(layers=1))) == 4810
    assert parameters(network(Config())) == 42250
    assert LESSON.says("4,810 parameters, gets 0.90")
    assert LESSON.says("The run is set to ten of them, 42,250 parameters")
    assert parameters(playground.network(4, 16, "none")) == 881
    assert LESSON.says("four layers of 16 units and no activation, 881 parameters")


def written(layers: int) -> float:
    _, *counts = LESSON.row("| hidden layers |")
    _, *shares = LESSON.rows("| hidden layers |")[0]
    assert shares == sorted(shares, reverse=True)
    return float(shares[counts.index(str(layers))])


@pytest.mark.parametrize(("layers", "spread"), [(1, 0.03), (3, 0.16)])
def test_every_layer_makes_it_worse(layers, spread):
    assert ends(1, layers=layers) == pytest.approx([written(layers)], abs=spread)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("layers", [1, 2, 3, 5, 10])
def test_the_table_of_the_layers(layers):
    assert written(layers) == pytest.approx(statistics.mean(ends(20, layers=layers)), abs=0.02)


def test_ten_layers_guess_and_do_not_overfit():
    assert written(10) == pytest.approx(
        LESSON.recorded("ld.deep", "relu-10", "test/accuracy")["mid"][-1], abs=0.01
    )
    assert f"{math.log(10):.2f}" == "2.30"
    assert LESSON.recorded("ld.deep", "relu-10", "train/loss")["mid"][-1] == pytest.approx(
        2.30, abs=0.03
    )


def apart(init: str) -> list[float]:
    """How far two images are apart after each layer, as a share; the middle of 20 first weights."""
    images = splits()[0].images - GREY
    found = []
    for seed in range(20):
        torch.manual_seed(seed)
        x, shares = images, []
        for layer in network(Config(init=init)).eval():
            with torch.no_grad():
                x = layer(x)
            if isinstance(layer, nn.Flatten | nn.ReLU):
                shares.append(float((x - x.mean(0)).square().sum(1).mean().sqrt()))
        found.append([share / shares[0] for share in shares])
    return [statistics.median(each) for each in zip(*found, strict=True)]


def test_the_figure_of_the_copies():
    found = {"default": apart("default"), "he": apart("he")}
    for line in LESSON.figure("How far two images")[4:]:
        layer, *bars = line.split()
        for (bar, share), init in zip((bars[:2], bars[2:]), ("default", "he"), strict=True):
            wanted = found[init][int(layer)]
            assert float(share) == pytest.approx(wanted, rel=0.12), (layer, init)
            assert abs(14 + math.log2(wanted) - len(bar)) <= 0.75, (layer, init, wanted)


def test_the_variances():
    torch.manual_seed(0)
    weights = nn.Linear(400, 400).weight.detach()
    assert float(weights.var()) == pytest.approx(1 / (3 * 400), rel=0.02)
    assert float(weights.abs().max()) == pytest.approx(1 / math.sqrt(400), rel=0.01)
    for init, variance in (("xavier", 1), ("he", 2)):
        layers = [each for each in network(Config(init=init)) if isinstance(each, nn.Linear)]
        weights = torch.stack([each.weight.detach() for each in layers[:-1]])
        assert float(weights.var()) == pytest.approx(variance / UNITS, rel=0.05)


def test_the_gradient_fades_on_its_way_back():
    ratios = []
    for seed in range(20):
        running = train(Config(seed=seed))
        next(running)
        ratios.append(float(next(running).scalars["gradient/ratio"]))
    assert round(1 / statistics.median(ratios), -2) == 300
    assert LESSON.says("300 times shorter than the last hidden one")
    assert f"{0.25**10:.0e}" == "1e-06"


def test_the_bet():
    accuracy = LESSON.bands("ld.deep", "valid/accuracy")
    assert max(accuracy["relu-10"]["hi"]) < 0.15
    assert min(accuracy["he-10"]["lo"][-5:]) > 0.9
    assert 0.5 < accuracy["relu-3"]["mid"][-1] < 0.85
    climbs = accuracy["relu-3"]["mid"]
    assert climbs[-1] > climbs[-6] > climbs[-11]


CASES = {
    "relu-10": "fail",
    "relu-3": "fail",
    "he-10": "pass",
    "tanh-xavier": "pass",
    "sigmoid-he": "fail",
    "relu-10-fast": "fail",
    "sigmoid-norm": "pass",
}


def test_the_marks_have_a_margin():
    marks = {"ld.deep": (0.88, 0.03), "ld.fence": (0.95, 0.04)}
    for run, (mark, margin) in marks.items():
        cases = LESSON.cases(run)
        for name, case in cases.items():
            found = case["series"]["test/accuracy"]
            if case["outcome"] == "pass":
                assert found["lo"][-1] >= mark + margin, name
            else:
                assert found["hi"][-1] <= mark - margin, name
        if run == "ld.deep":
            assert {name: case["outcome"] for name, case in cases.items()} == CASES


def test_the_answers_of_the_questions():
    for hidden in (16, 32, 100):
        model = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))
        assert parameters(model) == 64 * hidden + hidden + 10 * hidden + 10
    assert round(math.log10(0.5**20)) == -6
    assert round(math.log10(0.5**10)) == -3
    layer = nn.Linear(64, 32)
    assert (layer.weight.shape, layer.bias.shape) == ((32, 64), (32,))


def test_equal_rows_stay_equal():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        model[0].weight.copy_(torch.rand(4).expand(3, 4))
        model[0].bias.fill_(0.1)
        model[2].weight.copy_(torch.rand(2, 1).expand(2, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model[0].weight.detach().clone()
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(torch.rand(8, 4)), torch.randint(2, (8,)))
        loss.backward()
        optimizer.step()
    weight = model[0].weight.detach()
    torch.testing.assert_close(weight, weight[:1].expand(3, 4))
    assert not torch.allclose(weight, before)


def tent(x: float, times: int) -> float:
    """The tent of the two ReLU units, folded so often."""
    for _ in range(times):
        x = max(0, 2 * x) - max(0, 4 * x - 2)
    return x


def test_the_tents():
    for times in (1, 2, 3, 10):
        heights = [tent(k / 2**times, times) for k in range(2**times + 1)]
        assert heights == [k % 2 for k in range(2**times + 1)]  # every piece goes all the way
    assert 2**10 == 1024
    head, _, *lines = LESSON.figure("once: 2 pieces")
    assert [head.index(each) for each in ("once", "twice", "three")] == [0, 24, 48]
    for place, line in enumerate(lines):
        for times in (1, 2, 3):
            part = line.ljust(72)[24 * (times - 1) :][:20]
            drawn = [tent((column + 0.5) / 20, times) >= (5.5 - place) / 6 for column in range(20)]
            assert [char == "#" for char in part] == drawn


def test_batch_norm_saves_even_sigmoids():
    found = LESSON.recorded("ld.deep", "sigmoid-norm", "test/accuracy")["mid"][-1]
    assert found == pytest.approx(0.97, abs=0.01)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_adam_gets_ten_faded_layers_most_of_the_way():
    assert LESSON.says("ten faded layers to 0.83, in the mean of ten runs")
    found = statistics.mean(ends(10, optimiser="adam", learning_rate=0.001))
    assert found == pytest.approx(0.83, abs=0.03)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_three_units_close_the_fence_now_and_then():
    closed = {}
    for units in (2, 3, 8):
        knobs = {"points": "circles", "noise": 0.1, "layers": 1, "units": units}
        runs = (playground.train(playground.Config(seed=seed, **knobs)) for seed in range(20))
        closed[units] = sum(ended(run)[1]["test/accuracy"] >= 0.95 for run in runs)
    assert (closed[2], closed[8]) == (0, 20)
    assert abs(closed[3] - 8) <= 2


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(20))
def test_the_mark_holds(seed):
    for knobs in (
        {"init": "he"},
        {"activation": "tanh", "init": "xavier"},
        {"activation": "sigmoid", "batch_norm": True},
    ):
        _, end = ended(train(Config(seed=seed, **knobs)))
        assert end["test/accuracy"] >= 0.88
