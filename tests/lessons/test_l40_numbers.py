"""Every number that the lesson on few labels states, worked out again."""

import math

import pytest
import torch
from evidence import Lesson

from models.data.glyphs import glyphs
from models.pretexts import TEMPERATURE, Config, body, examined
from models.prototypes import prototypes

LESSON = Lesson("day2/40-few-labels")
PLACES = {"x": [(1, 1), (3, 1)], "o": [(5, 4), (9, 8)]}
ASKED = (4, 3)
BLOCKS = " ▀▄█"


def ends(run, case, name):
    """Low, middle and high of five seeds at the end of a run."""
    kept = LESSON.recorded(run, case, name)
    return kept["lo"][-1], kept["mid"][-1], kept["hi"][-1]


def squared(one, other):
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def test_the_two_prototypes():
    labels = torch.tensor([0, 0, 1, 1])
    centres = prototypes(torch.tensor([*PLACES["x"], *PLACES["o"]]).float(), labels).tolist()
    assert centres == [[2, 1], [7, 6]]
    assert [squared(ASKED, centre) for centre in centres] == [8, 18]
    nearest = min((squared(ASKED, place), name) for name in PLACES for place in PLACES[name])
    assert nearest == (2, "o")
    assert LESSON.says("The nearest *example* is an `o`, two away when squared")


def test_the_places_stand_where_they_are():
    lines = LESSON.figure("prototype O (7, 6)")
    marks = {**dict.fromkeys(PLACES["x"], "x"), **dict.fromkeys(PLACES["o"], "o")}
    for (across, up), mark in {**marks, (2, 1): "X", (7, 6): "O", ASKED: "?"}.items():
        assert lines[8 - up][5 + 3 * across] == mark
    assert [lines[9][5 + 3 * x] for x in (0, 1, 3, 5, 7, 9)] == list("013579")
    assert [line[1] for line in lines[:9:2]] == list("86420")


def test_the_three_drawings_and_their_distances():
    script = glyphs(50, 20, seed=2)
    drawings = script[0, 1], script[0, 2], script[14, 0]
    lines = LESSON.figure("the same, another hand")
    for row in range(2, 7):
        shown = lines[row - 1].ljust(76)
        for left, drawing in zip((0, 24, 48), drawings, strict=True):
            ink = (drawing > 0.45).int()
            wanted = "".join(
                BLOCKS[int(ink[2 * row, x]) + 2 * int(ink[2 * row + 1, x])] for x in range(16)
            )
            assert shown[left : left + 16] == wanted
    apart = [float((drawings[0] - each).square().sum()) for each in drawings[1:]]
    assert lines[-1].split() == [word for each in apart for word in (f"{each:.1f}", "away")]
    first, same, other = (each > 0.45 for each in drawings)
    assert [int(first.sum()), int((first & same).sum()), int((first & other).sum())] == [27, 4, 14]
    assert LESSON.says("has 4 of its 27 inked pixels in common with itself, and 14 with the other")


def test_pixels_and_an_untrained_network():
    script = glyphs(50, 20, seed=3)
    pixels = examined(torch.nn.Flatten(), script)
    assert LESSON.says(f"Pixels sort {100 * pixels:.0f} % rightly")
    assert LESSON.says(f"bare pixels reach {100 * pixels:.0f} %")
    untrained = []
    for seed in range(5):
        torch.manual_seed(seed)
        untrained.append(examined(body(), script))
    middle = sorted(untrained)[2]
    assert LESSON.says(f"An untrained convolutional network sorts {100 * middle:.0f} %")
    assert LESSON.says(f"one that was never trained sorts {100 * middle:.0f} %")
    turned, right = (
        ends("few.pretext", "rotation", name)[1] for name in ("valid/new", "train/right")
    )
    assert turned == pytest.approx(middle, abs=0.01)
    assert LESSON.says(f"{100 * turned:.0f} %, which is nothing")
    assert 0.4 < right < 0.6
    same = ends("few.pretext", "same", "valid/new")[1]
    assert LESSON.says(f"rightly, and then sorts {100 * same:.0f} %")
    episodes, names = (ends("few.names", case, "valid/new")[1] for case in ("episodes", "names"))
    assert round(100 * (episodes - names)) == 5


def test_the_table_of_the_loss():
    alike, shares = [0.8, 0.4, 0.1, 0.0, -0.2], []
    for head, temperature in (("$e^{s}$, $\\tau = 1$", 1.0), ("$e^{s/0.2}$", TEMPERATURE)):
        (row,) = (row for row in LESSON.rows("| view $i$ and ...") if row[0] == head)
        raised = [math.exp(each / temperature) for each in alike]
        assert row[1:] == [f"{each:.1f}" for each in raised]
        share = raised[0] / sum(raised)
        shares.append((f"{share:.2f}", f"{-math.log(share):.2f}"))
    (share, loss), (sharp, small) = shares
    assert LESSON.says(f"With $\\tau = 1$ the twin has a share of {share}, and the loss is {loss}")
    assert LESSON.says(f"$\\tau = 0.2$, as we shall take it, {sharp} and {small}")


@pytest.mark.parametrize(
    ("run", "case", "head"),
    [
        ("few.pretext", "rotation", "by how much turned?"),
        ("few.pretext", "same", "twins, views the same"),
        ("few.pretext", "any-turn", "twins, turned by any angle"),
        ("few.pretext", "changed", "twins, changed a little"),
        ("few.names", "ten", "10 glyphs with names, episodes"),
        ("few.pretext", "changed", "150 glyphs without, twins"),
        ("few.names", "names", "150 glyphs with names, classifier"),
        ("few.names", "episodes", "150 glyphs with names, episodes"),
    ],
)
def test_the_tables_of_what_was_learned(run, case, head):
    rows = [*LESSON.rows("| pretext task"), *LESSON.rows("| learned from")]
    wanted = [f"{ends(run, case, name)[1]:.2f}" for name in ("train/right", "valid/new")]
    assert [*(row[1:] for row in rows if row[0] == head)] == [wanted]


def test_the_choices_of_the_bet_are_apart():
    rotation, same, changed = (
        ends("few.pretext", case, "valid/new") for case in ("rotation", "same", "changed")
    )
    assert rotation[2] < same[0]
    assert same[2] < changed[0]
    for case, middle in (("changed", changed), ("same", same), ("rotation", rotation)):
        assert f'case = "{case}"\ntext = "About {100 * middle[1]:.0f}:' in LESSON.text


def test_passes_and_fails_are_on_their_sides():
    for run, mark, passes in (
        ("few.pretext", 0.6, {"changed"}),
        ("few.names", 0.72, {"names", "episodes"}),
    ):
        assert f"rule = 'last(\"valid/new\") >= {mark}'" in LESSON.text
        cases = {"few.pretext": ("rotation", "same", "any-turn", "changed")}.get(
            run, ("ten", "names", "episodes")
        )
        for case in cases:
            low, _, high = ends(run, case, "valid/new")
            assert low >= mark if case in passes else high < mark


def test_what_is_said_of_the_knobs():
    assert (Config().glyphs, Config().steps) == (150, 200)
    assert LESSON.says("two hundred drawings with a name each. Three thousand")
    assert (10 * 20, 150 * 20) == (200, 3000)


@pytest.mark.parametrize("n", [8, 60, 128])
def test_strangers_of_a_view(n):
    views = [(drawing, side) for drawing in range(n) for side in "ab"]
    strangers = [each for each in views if each[0] != 0]
    assert len(strangers) == 2 * n - 2


@pytest.mark.parametrize("a", [2, 3, 5])
def test_the_distance_of_the_question(a):
    middle = [sum(axis) / 2 for axis in zip((0, a), (4, a), strict=True)]
    assert squared(middle, (2, 0)) == a * a
    assert squared((0, a), (2, 0)) == a * a + 4


def test_figures_of_others_add_up():
    supervised = 54.4 + 2.4
    assert f"{supervised:.1f}" == "56.8"
    assert LESSON.says("54.4, against 56.8 with labels")
    assert LESSON.says("People err 4.5 % of the time")
