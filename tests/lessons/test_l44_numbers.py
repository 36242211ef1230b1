"""Every number that the lesson on bias states, worked out again."""

import tomllib
from functools import cache
from itertools import product

import pytest
import torch
from evidence import Lesson, ended

from models.data.digits import splits
from models.groups import Config, rates, train
from tutor.core.instruments.threshold_desk import Counts, ThresholdDesk

LESSON = Lesson("day2/44-bias-in-bias-out")
CELLS = {"black": (990, 805, 532, 1369), "white": (1139, 349, 461, 505)}
"""ProPublica's: not flagged and flagged, not charged again; then the same of those charged again."""
BY_SCORE = {
    "black": (
        (91, 119, 145, 177, 176, 215, 237, 245, 269, 227),
        (307, 274, 201, 208, 189, 169, 163, 114, 111, 59),
    ),
    "white": (
        (142, 113, 93, 113, 111, 111, 88, 82, 68, 45),
        (539, 248, 180, 172, 130, 83, 55, 32, 30, 19),
    ),
}
"""By `decile_score`, rows of compas-scores-two-years.csv with `two_year_recid` 1 and with 0."""
ERRORS = ("false positive rate", "false negative rate", "predictive value")


def labs() -> dict[str, dict]:
    fences = LESSON.text.split("```toml lab\n")[1:]
    found = [tomllib.loads(fence.split("\n```", 1)[0]) for fence in fences]
    return {lab["id"]: lab for lab in found}


def desk(black: int = 5, white: int = 5) -> ThresholdDesk:
    groups = labs()["bias.desk"]["options"]["groups"]
    return ThresholdDesk(
        groups={
            name: Counts(tuple(rows["happened"]), tuple(rows["not_happened"]))
            for name, rows in groups.items()
        },
        thresholds={"black": black, "white": white},
    )


@cache
def run(**knobs: float) -> dict[str, float]:
    return ended(train(Config(**knobs)))[1]


def test_the_gaps_of_the_three_companies():
    for row in LESSON.rows("| right, in %"):
        shares = [float(cell) for cell in row[1:5]]
        assert float(row[5]) == pytest.approx(max(shares) - min(shares))
    (ibm,) = (row for row in LESSON.rows("| right, in %") if row[0] == "IBM")
    assert [f"{1000 - 10 * float(ibm[i]):.0f}" for i in (3, 2)] == ["3", "347"]
    assert LESSON.says("3 in 1,000 lighter men and on 347 in 1,000 darker women")
    assert f"{99.7 - 65.3:.1f} {88.0 - 65.3:.1f} {92.9 - 65.3:.1f}" == "34.4 22.7 27.6"


def test_the_average():
    lines = LESSON.figure("overall")
    assert f"{0.97 * 0.97 + 0.03 * 0.43:.0%}" == "95%" == "".join(lines[3].split()[-2:])
    assert f"{0.97 * 0.97:.0%}" == "94%"
    for line, share in zip(lines[1:4], (0.97, 0.43, 0.95), strict=True):
        assert abs(sum(each in "█▊▏" for each in line) - 39 * share) <= 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_table_of_the_two_cameras():
    rows = LESSON.rows("| training images")
    cases = ({}, {"oversample": True}, {"share": 0.5})
    for row, knobs in zip(rows, cases, strict=True):
        found = run(**knobs)
        wanted = [found[f"test/{name}"] for name in ("A", "B", "gap", "overall")]
        assert [float(cell) for cell in row[2:]] == pytest.approx(wanted, abs=0.0052)
    assert [float(row[5]) for row in rows].index(min(float(row[5]) for row in rows)) == 2
    flat = run(learning_rate=0.00001)
    assert flat["test/gap"] == pytest.approx(0.05, abs=0.005)
    assert max(flat["test/A"], flat["test/B"]) < 0.105


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_order_of_the_overall_figures_on_twenty_seeds():
    cases = ({}, {"oversample": True}, {"share": 0.5})
    found = [[run(seed=seed, **knobs)["test/overall"] for knobs in cases] for seed in range(20)]
    assert sum(each[1] == max(each) for each in found) == 20
    assert sum(each[2] == min(each) for each in found) == 19
    assert LESSON.says("came first in all, and the third last in 19")


def test_how_many_images_of_b_there_are():
    images = len(splits()[0].images)
    for seed in range(5):
        drawn = torch.rand(images, generator=torch.Generator().manual_seed(seed))
        few, half = (int((drawn < share).sum()) for share in (0.03, 0.5))
        assert 30 <= few < 40
        assert half > 500
        assert 27 <= (images - few) / few <= 36


def test_the_choices_of_the_bet_are_apart():
    ends = {
        case: LESSON.recorded("bias.cameras", case, "valid/gap")
        for case in ("few", "copies", "half")
    }
    assert ends["half"]["hi"][-1] < 0.08
    assert 0.15 < ends["copies"]["lo"][-1] <= ends["copies"]["hi"][-1] < 0.37
    assert ends["few"]["lo"][-1] > 0.39


def test_the_scores_add_up_to_the_published_cells():
    for name, by_score in BY_SCORE.items():
        counts = desk().groups[name]
        assert (counts.happened, counts.not_happened) == by_score
        tn, fp, fn, tp = CELLS[name]
        assert (sum(counts.happened[:4]), sum(counts.happened[4:])) == (fn, tp)
        assert (sum(counts.not_happened[:4]), sum(counts.not_happened[4:])) == (tn, fp)
    assert labs()["bias.desk"]["options"] == labs()["bias.same"]["options"]
    assert [f"{sum(CELLS[name]):,}" for name in CELLS] == ["3,696", "2,454"]
    assert LESSON.says("its 3,696 and 2,454 rows")


def test_the_table_and_the_three_rates():
    rows = LESSON.rows("| people   ")
    for column, cells in enumerate(CELLS.values(), start=1):
        assert [int(row[column]) for row in rows] == [*cells]
    found = {}
    for name, cells in CELLS.items():
        kinds = ((False, False), (False, True), (True, False), (True, True))
        people = [kind for kind, n in zip(kinds, cells, strict=True) for _ in range(n)]
        found[name] = rates(*(torch.tensor([each[i] for each in people]) for i in range(2)))
        told = desk().rates(name)
        assert told["false positive rate"] == pytest.approx(found[name].false_positives)
        assert told["false negative rate"] == pytest.approx(found[name].false_negatives)
        assert told["predictive value"] == pytest.approx(found[name].precision)
    black, white = found["black"], found["white"]
    for words, one, other in (
        ("who had been flagged? 44.8 % and 23.5 %", black.false_positives, white.false_positives),
        ("not been flagged? 28.0 % and 47.7 %", black.false_negatives, white.false_negatives),
        ("who was charged again? 63.0 % and 59.1 %", black.precision, white.precision),
        ("the base rates are 51.4 % and 39.4 %", black.positives, white.positives),
    ):
        assert LESSON.says(words)
        assert words.endswith(f"{100 * one:.1f} % and {100 * other:.1f} %")
    assert f"{black.false_positives / white.false_positives:.1f}" == "1.9"
    assert f"{white.false_negatives / black.false_negatives:.1f}" == "1.7"
    assert LESSON.says("1.9 and 1.7 to one")
    odds = white.positives / (1 - white.positives)
    owed = odds * (1 - black.precision) / black.precision * (1 - black.false_negatives)
    assert f"{owed:.1%}" == "27.5%"
    assert LESSON.says("has to be 27.5 %, not 44.8 %")


def test_the_tool_in_round_numbers():
    lines = [line.split() for line in LESSON.figure("six in ten")]
    for base, rate in ((50, "40 %"), (20, "10 %")):
        caught, flagged = 0.6 * base, base
        assert caught / flagged == pytest.approx(0.6)
        wronged, others = flagged - caught, 100 - base
        for line, number in ((2, base), (3, caught), (4, flagged), (5, wronged), (6, others)):
            assert f"{number:.0f}" in lines[line]
        owed = base / others * (1 - 0.6) / 0.6 * 0.6
        assert f"{100 * wronged / others:.0f} %" == f"{100 * owed:.0f} %" == rate
        assert rate in " ".join(lines[7])
        assert f"{wronged:.0f}/{others}" in lines[7]


def test_the_desk_with_two_thresholds():
    figures = desk(6, 4).figures
    for rate, words in zip(
        ERRORS, ("34.3 % and 35.0 %", "37.2 % and 36.0 %", "65.9 % and 54.3 %"), strict=True
    ):
        shown = " and ".join(f"{100 * figures[f'{rate} of {name}']:.1f} %" for name in CELLS)
        assert shown == words
        assert LESSON.says(words)
    right = [sum(sum(CELLS[name]) * each.rates(name)["right"] for name in CELLS)
             for each in (desk(), desk(6, 4))]  # fmt: skip
    assert abs(right[0] - right[1]) / 6150 < 0.01


def test_a_flag_that_means_the_same():
    def apart(black: int, white: int, rate: str = "predictive value") -> float:
        return desk(black, white).figures[f"gap in {rate}"]

    assert [f"{100 * apart(each, each):.1f}" for each in (6, 7)] == ["1.7", "1.1"]
    assert LESSON.says("leaves gaps of 1.7 and 1.1 points")
    within = [
        pair
        for pair in product(range(1, 12), repeat=2)
        if apart(*pair) <= 0.01 and min(desk(*pair).rates(name)["right"] for name in CELLS) >= 0.6
    ]
    assert within == [(3, 5)]
    found = [f"{100 * desk(3, 5).rates(name)['false positive rate']:.1f} %" for name in CELLS]
    assert LESSON.says(f"67.6 % and {found[1]}")
    assert found == ["67.6 %", "23.5 %"]
    assert apart(3, 5, "false positive rate") > 2 * apart(5, 5, "false positive rate")


def test_no_pair_of_thresholds_makes_all_three_alike():
    widest = {
        pair: max(desk(*pair).figures[f"gap in {rate}"] for rate in ERRORS)
        for pair in product(range(2, 11), repeat=2)
    }
    assert len(widest) == 81
    best = min(widest, key=lambda pair: widest[pair])
    assert f"{widest[best]:.1%}" == "5.9%"
    assert LESSON.says("widest gap at 5.9 points, and judges 57 in 100")
    assert f"{min(desk(*best).rates(name)['right'] for name in CELLS):.0%}" == "57%"


def test_the_sentences_on_the_slide():
    assert len("She is a doctor. He is a nurse.") == 31
    assert len("O bir doktor. O bir hemşire.") == 28
