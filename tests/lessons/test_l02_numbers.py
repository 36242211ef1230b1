"""Every number that the lesson on AlexNet states, worked out again."""

import pytest
from evidence import Lesson
from torch import nn

from models import halves
from models.alexnet import AlexNet
from models.reading import Reading

LESSON = Lesson("day1/02-alexnet")
MAPS_OF = {"conv1": 55**2, "conv2": 27**2, "conv3": 13**2, "conv4": 13**2, "conv5": 13**2}
"""Places that a kernel is used at; a dense weight is used once."""
TOLD = {
    ("conv2 (no cut)", "digit and ink"): {"meet": "conv2"},
    ("conv3 (AlexNet's)", "digit and ink"): {"meet": "conv3"},
    ("dense", "digit and ink"): {"meet": "dense"},
    ("dense", "digit"): {"meet": "dense", "task": "digit"},
}


@pytest.fixture(scope="module")
def layers():
    """Parameters and multiplications of each of AlexNet's eight layers."""
    weighty = [each for each in AlexNet().modules() if isinstance(each, nn.Conv2d | nn.Linear)]
    names = [*MAPS_OF, "dense6", "dense7", "dense8"]
    return {
        name: (
            each.weight.numel() + each.bias.numel(),
            each.weight.numel() * MAPS_OF.get(name, 1),
        )
        for name, each in zip(names, weighty, strict=True)
    }


def test_the_eight_layers(layers):
    both = [sum(each) for each in zip(*layers.values(), strict=True)]
    assert both[0] == 60_965_224
    for line, (name, counts) in zip(
        LESSON.figure("multiplications, %")[1:], layers.items(), strict=True
    ):
        left, right = line[:46], line[46:]
        for part, count, whole in zip((left, right), counts, both, strict=True):
            assert f"{100 * count / whole:.1f}" in part.split()
            assert part.count("█") == round(100 * count / whole / 2.5)
        assert left.split()[0] == name
    shares = [100 * sum(layers[name][i] for name in MAPS_OF) / both[i] for i in range(2)]
    assert [f"{share:.1f}" for share in shares] == ["3.8", "91.9"]
    assert LESSON.says("hold 3.8 % of the parameters and do 91.9 % of the multiplications")
    told = "from 169 in the last three convolutions to 3,025 in the first"
    assert LESSON.says(told)
    assert [*MAPS_OF.values()][2:] == [169] * 3
    assert MAPS_OF["conv1"] == 3025


def test_the_layers_of_the_questions(layers):
    assert layers["conv1"][0] == 34_944 == 96 * (3 * 11**2 + 1)
    assert f"{100 * 34_944 / 60_965_224:.2f}" == "0.06"
    assert layers["conv2"][0] == 307_456
    assert 256 * (96 * 25 + 1) == 614_656
    assert round((layers["dense6"][0] + layers["dense7"][0]) / 1e6, 1) == 54.5
    dense = sum(layers[name][0] for name in ("dense6", "dense7", "dense8"))
    assert round(100 * dense / 60_965_224) == 96
    assert AlexNet().features[0].weight.shape == (96, 3, 11, 11)


def test_the_maps_of_each_half():
    model = AlexNet()
    convolutions = [each for each in model.features if isinstance(each, nn.Conv2d)]
    assert [each.out_channels // 2 for each in convolutions] == [48, 128, 192, 192, 128]
    assert [each.groups for each in convolutions] == [1, 2, 1, 2, 2]
    for half in "ab":
        assert any(f"conv2 {half}" in line for line in LESSON.figure("conv1 a"))
    assert [line.split() for line in LESSON.figure("conv1 a")].count(
        ["|", "48", "128", "|", "192", "192", "128", "|"]
    ) == 2


def test_the_contest():
    assert round(26.2 - 15.3, 1) == 10.9
    assert round(100 * 10.9 / 26.2) == 42
    assert round(1e6 * 60.97 / 60_000) == pytest.approx(1000, rel=0.02)


def test_three_weights():
    assert 3**2 + 2**2 + 1**2 == 14
    assert round(100 * 2 / 14) == 14
    for d in (2, 3, 4):
        weights = [2 + d, 2, 2 - d]
        colour = sum((each - 2) ** 2 for each in weights)
        whole = sum(each**2 for each in weights)
        assert colour / whole == pytest.approx(2 * d**2 / (12 + 2 * d**2))


@pytest.mark.parametrize("groups", [2, 4, 8])
def test_a_layer_in_groups(groups):
    layer = nn.Conv2d(64, 128, 3, groups=groups, bias=False)
    assert layer.weight.numel() == 128 * 64 * 9 / groups


def test_what_the_cut_of_ours_saves():
    model, whole = (halves.Halves(halves.MEET[meet], nets=1) for meet in ("dense", "conv2"))
    for place in (3, 6):
        assert 2 * model.features[place].weight.numel() == whole.features[place].weight.numel()
    assert halves.NETS == 14


def test_the_cut_did_no_harm():
    rows = {tuple(row[:2]): row for row in LESSON.rows("| halves meet at")}
    whole = float(rows["conv2 (no cut)", "digit and ink"][4])
    assert all(
        float(rows[meet, "digit and ink"][4]) >= whole for meet in ("conv3 (AlexNet's)", "dense")
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", LESSON.rows("| halves meet at"), ids=lambda row: "-".join(row[:2]))
def test_what_happened(row):
    config = halves.Config(**TOLD[tuple(row[:2])])
    *_, last = (each for each in halves.train(config) if isinstance(each, Reading))
    assert [
        f"{float(last.scalars[f'test/{name}']):.2f}" for name in ("apart", "by lot", "accuracy")
    ] == row[2:]
    first, second = last.pictures["shares"].data
    if row[:2] == ["dense", "digit and ink"]:
        assert int((first > second).sum()) == 9
        assert int(((first - second).abs() < 0.1).sum()) == 3


def test_the_bet():
    bands = {case: LESSON.recorded("ax.halves", case, "halves/apart")
             for case in ("one-job", "whole", "cut")}  # fmt: skip
    assert bands["one-job"]["hi"][-1] <= 0.05
    assert 0.1 <= bands["whole"]["lo"][-1] <= bands["whole"]["hi"][-1] <= 0.22
    assert bands["cut"]["lo"][-1] > 0.22
