"""Every number that the lesson on doubt and distillation states, worked out again."""

import math

import pytest
import torch
from evidence import Lesson

from models import distillation, explain
from models.data.digits import splits
from models.distillation import distill_loss, large, small
from models.explain import weigh
from models.omitted import Config, train
from models.uncertainty import ASKED, ece
from models.uncertainty import Config as Opinions

LESSON = Lesson("day2/42-doubt-and-distillation")
WAYS = ("one", "dropout", "ensemble")


def ends(run, case, name):
    """Low, middle and high of five seeds at the end of a run."""
    kept = LESSON.recorded(run, case, name)
    return kept["lo"][-1], kept["mid"][-1], kept["hi"][-1]


def softmax(sums, temperature):
    raised = [math.exp(x / temperature) for x in sums]
    return [x / sum(raised) for x in raised]


def test_the_table_of_calibration():
    rows = LESSON.rows("| answers | mean confidence")
    total, sure, hits = 0.0, [], []
    for answers, confidence, right, share, gap in rows:
        accuracy = int(right) / int(answers)
        assert share == f"{accuracy:.2f}"
        assert gap == f"{abs(accuracy - float(confidence)):.2f}"
        total += int(answers) / 20 * abs(accuracy - float(confidence))
        sure += int(answers) * [float(confidence)]
        hits += [1] * int(right) + [0] * (int(answers) - int(right))
    assert len(sure) == 20
    assert f"{total:.2f}" == "0.15"
    chances = torch.tensor([[each, 1 - each] for each in sure])
    assert float(ece(chances, torch.tensor(hits) * -1 + 1)) == pytest.approx(total, abs=1e-6)
    assert LESSON.says("0.5 · 0.25 + 0.3 · 0.08 + 0.2 · 0 = 0.15")
    assert LESSON.says("off by 15 points")


def test_the_table_of_temperatures():
    for row in LESSON.rows("| $T$ | for the 5"):
        shares = softmax([8, 5, 0], float(row[0]))
        wanted = [f"{share:.3f}" if share > 0.01 else f"{share:.4f}" for share in shares]
        assert row[1:] == wanted


def test_the_gradient_shrinks_with_the_square():
    student, teacher = torch.zeros(1, 3, requires_grad=True), torch.tensor([[1.0, 0.5, 0.0]])
    sizes = []
    for temperature in (50.0, 100.0):
        apart = distill_loss(student, teacher, temperature) / temperature**2
        (slope,) = torch.autograd.grad(apart, student)
        sizes.append(float(slope.norm()))
    assert sizes[0] / sizes[1] == pytest.approx(4, rel=0.02)


def test_parameters_and_steps():
    for network, said in ((large(), "21,386"), (small(64), "4,810")):
        assert f"{sum(weights.numel() for weights in network.parameters()):,}" == said
        assert said in LESSON.text
    assert 4810 / 21_386 < 1 / 4
    assert (Config().steps, Config().hidden) == (1000, 64)


@pytest.mark.parametrize(
    ("case", "head"),
    [("label", "labels"), ("whisper", "doubts, $T = 0.5$"), ("aloud", "doubts, $T = 20$")],
)
def test_the_table_of_the_omitted_digit(case, head):
    rows = {row[0]: row[1:] for row in LESSON.rows("| the student hears")}
    wanted = [
        f"{ends('doubt.omitted', case, f'valid/{name}')[1]:.2f}"
        for name in ("omitted", "accuracy", "lifted")
    ]
    assert rows[head] == wanted


def test_the_choices_of_the_bet_are_apart():
    label, aloud = (ends("doubt.omitted", case, "valid/omitted") for case in ("label", "aloud"))
    assert label[2] == 0
    assert aloud[0] >= 0.6
    assert round(5 * aloud[1]) == 4


def test_passes_and_fails_are_on_their_sides():
    assert ends("doubt.omitted", "aloud", "valid/omitted")[0] >= 0.5
    for case in ("label", "whisper"):
        assert ends("doubt.omitted", case, "valid/omitted")[2] < 0.25
    assert ends("doubt.noise", "noise", "valid/accuracy")[0] >= 0.5
    assert ends("doubt.noise", "narrow", "valid/accuracy")[2] < 0.5


def test_threes_among_the_new_digits():
    valid = splits()[1]
    assert (len(valid.labels), int((valid.labels == 3).sum())) == (250, 17)


def test_how_much_noise_teaches():
    middle = 100 * ends("doubt.noise", "noise", "valid/accuracy")[1]
    assert LESSON.says(f"It reads {middle:.0f} of 100 digits")


def test_what_lifting_gives():
    whisper, label = (
        100 * ends("doubt.omitted", case, "valid/lifted")[1] for case in ("whisper", "label")
    )
    assert LESSON.says(f"read none, and now reads {whisper:.0f} in a hundred")
    assert LESSON.says(f"the student of labels gets {label:.0f} in a hundred")
    assert ends("doubt.omitted", "whisper", "valid/omitted")[1] == 0


@pytest.mark.parametrize(
    ("name", "head", "digits"),
    [("ECE", "ECE", 3), ("glyphs", "AUROC, glyphs", 2), ("lying", "AUROC, digits lying down", 2)],
)
def test_the_table_of_the_three_recipes(name, head, digits):
    rows = {row[0]: row[1:] for row in LESSON.rows("| 450 digits by unknown")}
    assert rows[head] == [
        f"{ends('doubt.opinions', 'five', f'test/{name}, {who}')[1]:.{digits}f}" for who in WAYS
    ]


def test_the_words_on_the_recipes():
    one, dropout, ensemble = (ends("doubt.opinions", "five", f"test/ECE, {who}") for who in WAYS)
    assert one[2] < dropout[0]
    assert ensemble[2] <= 0.035
    assert (ASKED, Opinions().members) == (50, 5)
    glyphs = 100 * ends("doubt.opinions", "five", "test/glyphs, one")[1]
    assert LESSON.says(f"in {glyphs:.0f} pairs out of a hundred")
    for who in WAYS:
        assert ends("doubt.opinions", "five", f"test/lying, {who}")[1] < 0.7


def test_an_ensemble_of_modest_networks_is_more_modest():
    one, dropout, ensemble = (ends("doubt.opinions", "modest", f"test/ECE, {who}") for who in WAYS)
    assert one[2] < ensemble[0] < dropout[0]
    assert ensemble[0] > 0.035
    said = [round(100 * each[1]) for each in (one, ensemble, dropout)]
    assert LESSON.says(f"off by {said[0]} points. The mean of five is off by {said[1]}")
    assert LESSON.says(f"fifty questions to one bring it to {said[2]}")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_at_a_temperature_of_one_it_hangs_on_the_seed():
    read = []
    for seed in range(5):
        (*_, end) = train(Config(seed=seed, temperature=1.0))
        read.append(round(17 * float(end.scalars["valid/omitted"])))
    assert (min(read), max(read)) == (1, 12)
    assert LESSON.says("reads one of the seventeen threes, or twelve")


def test_the_maps_by_hand():
    maps = torch.tensor([[[[0.0, 3], [0, 1]], [[2.0, 0], [2, 0]]]])
    gradients = torch.tensor([0.5, -1.0])[None, :, None, None].expand(1, 2, 2, 2)
    assert weigh(maps, gradients).tolist() == [[[0, 1.5], [0, 0.5]]]
    upper, lower = LESSON.figure("cut:")
    assert [word for word in upper.split() if word.strip("-").replace(".", "").isdigit()] == (
        ["0.5", "0", "3", "1", "2", "0", "-2", "1.5", "0", "1.5"]
    )
    assert lower.split() == ["0", "1", "2", "0", "-2", "0.5", "0", "0.5"]


def test_the_blocks_have_more_ink():
    seen = explain.scenes(splits()[2], torch.Generator().manual_seed(0))
    ink = seen.images[:, 0].reshape(-1, 2, 16, 2, 16).sum((2, 4)).flatten(1)
    digit = ink.gather(1, seen.quarters[:, None])
    blocks = (ink.sum() - digit.sum()) / (3 * len(ink))
    assert LESSON.says(f"more ink than the digit, {blocks:.0f} against {digit.mean():.0f}")


def mean_of_five(exercise, series, **knobs):
    ends = []
    for seed in range(5):
        (*_, end) = exercise.train(exercise.Config(seed=seed, **knobs))
        ends.append({name: float(end.scalars[name]) for name in series})
    return [sum(each[name] for each in ends) / 5 for name in series]


def test_the_table_of_maps():
    rows = {row[0]: row[1:] for row in LESSON.rows("| of 450 scenes")}
    for head, name in (
        ("saliency at the digit", "saliency"),
        ("Grad-CAM at the digit", "Grad-CAM"),
        ("occlusion at the digit", "occlusion"),
    ):
        control, early, read = (
            ends("doubt.maps", case, f"test/{name}{kind}")
            for case, kind in (("read", " untrained"), ("early", ""), ("read", ""))
        )
        assert rows[head] == [f"{each[1]:.2f}" for each in (control, early, read)]
        assert control[2] < 0.25 < early[0]
    assert rows["read rightly"] == [""] + [
        f"{ends('doubt.maps', case, 'test/accuracy')[1]:.2f}" for case in ("early", "read")
    ]
    assert len(splits()[2].labels) == 450


def test_maps_are_right_before_answers_are():
    early, read = (ends("doubt.maps", case, "test/accuracy") for case in ("early", "read"))
    seen = [ends("doubt.maps", case, "test/saliency") for case in ("early", "read")]
    control = ends("doubt.maps", "read", "test/saliency untrained")
    assert early[2] < 0.86 < read[0]
    assert seen[0][1] > early[1] + 0.25
    assert seen[1][0] - control[2] >= 0.8
    for name in ("saliency", "Grad-CAM", "occlusion"):
        assert ends("doubt.maps", "dead", f"test/{name}")[2] == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_looked_there_and_read_wrongly():
    run = explain.train(explain.Config(epochs=10))
    model = next(run).model
    list(run)
    generator = torch.Generator().manual_seed(0)
    data, _, test = splits()
    for _ in range(3):
        explain.scenes(data, generator)
    seen = explain.scenes(test, generator)
    said = model(seen.images).argmax(1)
    wrong = said != seen.labels
    assert int(wrong.sum()) == pytest.approx(24, abs=4)
    maps = explain.saliency(model, seen.images[wrong], said[wrong])
    assert explain.points_right(maps, seen.quarters[wrong]) > 0.95
    assert LESSON.says("seed 0 misreads 24 scenes, and all 24 saliency maps")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_with_all_labels_a_teacher_adds_little():
    (alone,) = mean_of_five(distillation, ("test/student",), teacher=False, labels=1097)
    (taught,) = mean_of_five(distillation, ("test/student",))
    assert (alone, taught) == pytest.approx((0.930, 0.935), abs=0.006)


@pytest.mark.parametrize("c", [0.7, 0.75, 0.9])
def test_the_ece_of_the_question(c):
    chances = torch.tensor([[c, 1 - c]] * 100)
    labels = torch.tensor([0] * 60 + [1] * 40)
    assert float(ece(chances, labels)) == pytest.approx(c - 0.6, abs=1e-5)


@pytest.mark.parametrize("a", [2, 4, 8])
def test_the_temperature_of_the_question(a):
    assert softmax([a, 0], a)[1] == pytest.approx(1 / (1 + math.e))
    assert f"{1 / (1 + math.e):.2f}" == "0.27"


def test_the_original_adds_up():
    assert f"{1 - 14 / 1010:.1%}" == "98.6%"
    assert LESSON.says("98.6 % of a digit that it had never seen")
