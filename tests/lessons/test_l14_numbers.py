"""Every number that the lesson on detecting and generating states, worked out again."""

import math

import pytest
import torch
from evidence import Lesson, ended

from models import detector, vae
from models.boxes import average_precision, hits, iou, mean_average_precision, nms
from models.data import digits, scenes
from models.judge import SHARE, judge

LESSON = Lesson("day1/14-detect-and-generate")
DRAWN = 21
"""The test scene that the lesson shows."""
TABLE = {
    "scores above 0.95": {"least": 0.95},
    "scores above 0.05": {"least": 0.05},
    "everything": {"least": 0.0},
    "above 0.05 without suppression": {"least": 0.05, "suppress": False},
}


def shade(ink):
    return " ░▒▓█"[min(4, max(0, int((ink - 0.1) / 0.8 * 5)))]


def test_the_scene_and_what_its_cells_are_to_say():
    test = scenes.splits(0)[2]
    rows = LESSON.figure("what each cell is to say")[1:17]
    ink = test.images[DRAWN, 0].reshape(16, 2, 32).mean(1)
    assert [row[1:33] for row in rows] == ["".join(map(shade, line)) for line in ink.tolist()]
    wanted = detector.targets(test, detector.Config().near)
    for near, labels, row in zip(
        wanted.near[DRAWN].tolist(), wanted.labels[DRAWN].tolist(), rows[::2], strict=True
    ):
        said = [str(label) if there else "·" for there, label in zip(near, labels, strict=True)]
        assert row[34:].split() == said
    assert [5, 2, 18, 15] in test.boxes[DRAWN].tolist()
    assert (len(test.images), int((test.labels >= 0).sum())) == (200, 393)
    with torch.no_grad():
        assert detector.network()(torch.zeros(4, 1, 32, 32)).shape == (4, 15, 8, 8)
    assert LESSON.says("has the shape (4, 15, 8, 8)")


def test_the_cell_that_answers_for_the_0():
    across, down = detector.centres()[2, 2].tolist()
    assert (across, down) == (10, 10)
    box = torch.tensor([[across - 5, down - 7, across + 8, down + 5]])
    truth = torch.tensor([[5.0, 2, 18, 15]])
    assert box.tolist() == [[5, 3, 18, 15]]
    both, covered = 13 * 12, 13 * 13
    assert float(iou(box, truth)) == pytest.approx(both / covered)
    assert LESSON.says("The two share 156 pixels, and together they cover 169")
    assert (both, covered, f"{both / covered:.2f}") == (156, 169, "0.92")


def test_the_list_of_five():
    rows = LESSON.rows("| place | box")
    right = [row[1] == "right" for row in rows]
    for place, (row, so_far) in enumerate(
        zip(rows, torch.tensor(right).cumsum(0).tolist(), strict=True), start=1
    ):
        assert row[0] == str(place)
        assert float(row[2]) == pytest.approx(so_far / place, abs=0.005)
        assert float(row[3]) == so_far / 4
    assert average_precision(torch.tensor(right), 4) == pytest.approx(0.6875)
    assert LESSON.says("¼ · 1 + ¼ · 1 + ¼ · 0.75 = 0.69")


def test_the_curves_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("box.detect", case, "valid/map")
        for case in ("everything", "never-wrong", "nameless")
    }
    assert ends["everything"]["lo"][-1] > 0.88
    assert 0.1 < ends["never-wrong"]["lo"][-1] < ends["never-wrong"]["hi"][-1] < 0.6
    assert ends["nameless"]["hi"][-1] < 0.1


def test_the_judge_is_surest_of_the_one_picture():
    copies, drawings, one = (
        LESSON.recorded("box.draw", case, "judge/confidence")
        for case in ("copies", "drawings", "one-picture")
    )
    assert copies["hi"][-1] < 0.8 < drawings["lo"][-1] < drawings["hi"][-1] < 0.95 < one["lo"][-1]


def test_real_digits():
    real = judge().verdict(digits.splits()[2].images)
    assert f"{real.confidence:.2f}" == "0.97"
    assert LESSON.says("for real digits that it has not seen before it is 0.97")
    *_, row = LESSON.rows("| pull β")
    assert float(row[2]) == pytest.approx(real.confidence, abs=0.004)
    assert (real.coverage, round(real.distance)) == (10, 0)
    assert SHARE == 0.02
    learned = judge().verdict(digits.splits()[0].images)
    assert learned.distance < 5, "copies of the training images would get nearly full marks"


def test_keys():
    # Two boxes of 10 by 10, one d to the right; and silence.
    for d in (2, 5, 6, 8):
        a, b = torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([[float(d), 0, 10 + d, 10]])
        assert float(iou(a, b)) == pytest.approx((10 - d) / (10 + d))
    for found in (5, 8, 10):
        for there in (20, 40):
            right = torch.ones(found, dtype=torch.bool)
            assert average_precision(right, there) == pytest.approx(found / there)
    # A thousand wrong ones at the end.
    right = torch.tensor([True, True, False, True, False])
    longer = torch.cat([right, torch.zeros(1000, dtype=torch.bool)])
    assert average_precision(longer, 4) == average_precision(right, 4)
    # A box that was dropped drops nothing.
    row = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    assert nms(row, torch.tensor([0.9, 0.8, 0.7]), 0.3).tolist() == [0, 2]
    assert 1 + 4 + 3 == 8


@pytest.mark.slow
def test_one_network_and_four_lists():
    torch.set_num_threads(1)
    model, _ = ended(detector.train(detector.Config(steps=200)))
    test = scenes.splits(0)[2]
    truth = detector.truths(test)
    for what, boxes, right, map_ in LESSON.rows("| what is listed"):
        found = detector.detect(model, test.images, detector.Config(**TABLE[what]))
        listed = sum(map(len, found))
        good = sum(int(hits(found, truth, label, 0.5)[0].sum()) for label in range(10))
        # Processors round in their own ways, and a network that learned a little otherwise lists a
        # few boxes more or less.
        assert listed == pytest.approx(int(boxes), rel=0.25)
        assert good == pytest.approx(int(right), rel=0.25)
        assert mean_average_precision(found, truth, 10) == pytest.approx(float(map_), abs=0.15)
        if what == "scores above 0.95":
            assert good >= 0.99 * listed
        if what == "above 0.05 without suppression":
            well = sum(
                float(
                    ((iou(a.boxes, b.boxes) >= 0.5) & (a.labels[:, None] == b.labels)).any(1).sum()
                )
                for a, b in zip(found, truth, strict=True)
            )
            assert well / listed == pytest.approx(0.91, abs=0.04)
    listed = detector.detect(model, test.images, detector.Config(least=0.0))
    assert 45 < sum(map(len, listed)) / len(listed) < 55
    tidy = detector.detect(model, test.images, detector.Config(least=0.05))
    long, short = (mean_average_precision(each, truth, 10) for each in (listed, tidy))
    assert math.isclose(long, short, abs_tol=0.005)


@pytest.mark.slow
def test_three_generators():
    torch.set_num_threads(1)
    for pull, lacks, sure, kinds, distance in LESSON.rows("| pull β")[:3]:
        _, last = ended(vae.train(vae.Config(beta=float(pull))))
        assert last["test/mse"] == pytest.approx(float(lacks), abs=0.002)
        assert last["judge/confidence"] == pytest.approx(float(sure), abs=0.06)
        assert last["judge/coverage"] == pytest.approx(int(kinds), abs=3)
        assert last["judge/distance"] == pytest.approx(float(distance), rel=0.4)
