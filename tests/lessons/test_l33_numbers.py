"""Every number that the lesson on Keras and PyTorch states, worked out again."""

import math
import runpy
from importlib.util import find_spec
from statistics import fmean

import pytest
import torch
from evidence import COURSE, Lesson

from models import keras_lab
from models.data import objects
from models.reading import Reading, Start
from models.translated import Config, lab, pooled, train

LESSON = Lesson("day2/33-cnn-in-keras")
CASES = ("line-by-line", "twice", "once", "pooled")


def ends(case, name):
    """Low, middle and high of five seeds at the end of a run."""
    kept = LESSON.recorded("keras.lab", case, name)
    return kept["lo"][-1], kept["mid"][-1], kept["hi"][-1]


def late(case):
    """The training loss in the last of ten epochs: the middle one of five seeds, averaged."""
    kept = LESSON.recorded("keras.lab", case, "train/loss")
    return fmean(mid for step, mid in zip(kept["step"], kept["mid"], strict=True) if step > 423)


def count(model):
    return sum(weights.numel() for weights in model.parameters())


def floor(classes):
    return math.log(math.e + classes - 1) - 1


def test_the_table_of_layers():
    rows = {row[0]: row[1:] for row in LESSON.rows("| layer                | Keras ")}
    layers = lab()
    assert rows["64 windows of 3×3"][2] == str(count(layers[0]))
    assert rows["32 windows of 3×3"][2] == str(count(layers[2]))
    assert rows["ten answers"][2] == str(count(layers[5]))
    shapes, maps = {}, torch.zeros(1, 3, 32, 32)
    for place, layer in enumerate(layers):
        shapes[place] = tuple((maps := layer(maps)).shape[1:])
    for name, place in (("64 windows of 3×3", 0), ("32 windows of 3×3", 2), ("flattened", 4)):
        shape = shapes[place]
        last = shape[1:] + shape[:1]
        assert [row.replace(",)", "") for row in rows[name][:2]] == [
            str(each).replace(",)", "") for each in (last, shape)
        ]


def test_the_counts():
    assert count(lab()) == 271_146
    assert 3 * 3 * 64 + 1 == 577
    assert 577 * 32 == 18_464
    assert 92 < 100 * 250_890 / 271_146 < 93
    assert count(lab(16)) == 66_346
    assert count(pooled(16)) == 19_466
    for words in ("271,146", "577", "66,346", "19,466", "18,464", "250,890"):
        assert words in LESSON.text
    assert lab(16)[5].in_features == 12 * 12 * 32
    assert pooled(16)[-1].in_features == 4 * 4 * 32


def test_the_things_of_the_picture():
    test = objects.splits()[2]
    ink = [test.images[40 + kind].mean(0) < 0.62 for kind in (4, 6, 7, 8)]
    assert [objects.KINDS[int(test.labels[40 + kind])] for kind in (4, 6, 7, 8)] == [
        "ring", "car", "boat", "tree",
    ]  # fmt: skip
    blocks = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
    lines = LESSON.figure("a ring")
    for y, line in zip(range(0, 16, 2), lines, strict=False):
        cells = (
            "".join(blocks[int(each[y, x]), int(each[y + 1, x])] for x in range(16)) for each in ink
        )
        assert line == ("  " + "|".join(cells)).rstrip()


def test_floors_and_the_two_numbers_to_learn():
    assert f"{floor(10):.3f}" == "1.461"
    assert f"{math.e / (math.e + 9):.2f}" == "0.23"
    assert f"{math.log(math.e + 9) - 0.1:.3f}" == "2.361"
    assert f"{math.log(10):.3f}" == "2.303"
    assert f"{-math.log(1e-7):.3f}" == "16.118"
    assert f"{0.9 * -math.log(1e-7):.3f}" == "14.506"
    for words in ("1.461", "0.23", "2.361", "2.303", "16.118", "14.506"):
        assert words in LESSON.text


def test_the_floor_of_three_classes(capsys):
    runpy.run_path(str(COURSE / LESSON.place / "snippets/floor.py"))
    assert capsys.readouterr().out.strip() == "0.00 0.55"
    assert f"{math.e / (math.e + 2):.2f}" == "0.58"
    assert f"{floor(3):.2f}" == "0.55"
    assert f"{math.log(math.e + 2):.2f}" == "1.55"


def test_how_sure_it_is_before_any_training():
    torch.manual_seed(0)
    model, test = lab(16), objects.splits()[2]
    with torch.no_grad():
        surest = model(255 * test.images).softmax(1).max(1).values.mean()
    assert f"{float(surest):.2f}" == "0.94"
    assert LESSON.says("the surest of the ten answers already gets 0.94 in the mean (seed 0)")


def test_the_table_of_runs():
    rows = {row[0]: row[1:] for row in LESSON.rows("| what is run")}
    assert len(rows) == len(CASES)
    for row, case in zip(rows.values(), CASES, strict=True):
        assert row == [f"{late(case):.2f}", f"{ends(case, 'valid/accuracy')[1]:.2f}"]


def test_the_choices_of_the_bet_are_apart():
    stuck, twice, best = (
        ends(case, "valid/accuracy") for case in ("line-by-line", "twice", "pooled")
    )
    assert stuck == pytest.approx((0.1, 0.1, 0.1))
    assert 0.5 < twice[0] <= twice[2] < 0.8
    assert twice[2] < best[0]
    assert best[1] >= 0.88


@pytest.mark.slow
def test_without_division_it_is_a_lottery():
    def told(seed):
        running = train(Config(seed=seed, epochs=3, answers="logits"))
        return [item for item in running if isinstance(item, Reading)][-1].scalars

    learns, never = told(0), told(1)
    assert float(learns["valid/accuracy"]) > 0.2
    assert float(never["valid/accuracy"]) == pytest.approx(0.1)
    assert float(never["train/loss"]) == pytest.approx(math.log(10), abs=0.02)


@pytest.mark.slow
def test_the_carried_weights():
    found = []
    for item in train(Config(epochs=4, pixels="0 to 1", answers="logits")):
        if isinstance(item, Reading):
            found = item.scalars
    assert float(found["carried/dealt anew"]) == float(found["test/accuracy"]) > 0.5
    assert float(found["carried/as they lie"]) < 0.2


@pytest.mark.parametrize("k", [16, 32])
@pytest.mark.parametrize("c", [8, 64])
def test_parameters_of_the_question(k, c):
    assert count(torch.nn.Conv2d(c, k, 3)) == k * (9 * c + 1)


@pytest.mark.parametrize("s", [4, 12, 28])
def test_parameters_of_the_last_layer(s):
    assert count(torch.nn.Linear(s * s * 32, 10)) == s * s * 320 + 10


def test_the_shape_of_the_question():
    maps = torch.nn.Conv2d(64, 32, 3, padding="same")(torch.zeros(2, 64, 30, 30))
    assert torch.nn.MaxPool2d(2)(maps).shape == (2, 32, 15, 15)


# --- Keras itself ---------------------------------------------------------------------------------


def test_keras_and_its_translation_as_recorded():
    rows = LESSON.rows("| both with ")
    for row, case in zip(rows, ("as-found", "divided", "told"), strict=True):
        for cell, name in zip(row[1:], ("Keras", "PyTorch"), strict=True):
            assert float(cell) == round(
                LESSON.recorded("keras.itself", case, f"valid/accuracy {name}")["mid"][-1], 2
            )
    assert LESSON.says("probabilities at least 0.19 apart")
    assert LESSON.recorded("keras.itself", "told", "apart")["lo"][-1] >= 0.19
    assert LESSON.says("ε so weighs 32 times as much")
    assert round(1 / math.sqrt(1 - 0.999)) == 32


@pytest.mark.skipif(not find_spec("keras"), reason="pip install 'dlwalk-tutor[keras]'")
@pytest.mark.filterwarnings("ignore")
def test_where_keras_and_its_translation_part(monkeypatch):
    kept, built = [], keras_lab.network
    monkeypatch.setattr(keras_lab, "network", lambda *given: kept.append(built(*given)) or kept[-1])
    config = keras_lab.Config(answers="logits", pixels="0 to 1", epochs=1)
    for item in keras_lab.train(config):
        if isinstance(item, Start):
            ours = item.model
            continue
        losses = [float(item.scalars[f"train/loss {name}"]) for name in ("Keras", "PyTorch")]
        if item.step == 1:
            assert [round(each, 5) for each in losses] == [2.30601, 2.30601]
            theirs = keras_lab.kernel_from_keras(kept[0].weights[2].value.detach())
            off = (theirs - ours[2].weight).abs() > 0.01 * config.learning_rate
            assert 0.3 < off.float().mean() < 0.37
        if item.step == 5:
            assert abs(abs(losses[0] - losses[1]) - 0.0005) < 0.0002
            return
