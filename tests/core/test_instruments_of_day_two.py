"""The sliding window, the desk of thresholds and the imitation game."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tutor.core.instruments.convolution import Convolution
from tutor.core.instruments.imitation import Imitation, at_least
from tutor.core.instruments.threshold_desk import Counts, ThresholdDesk

SLIDE = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
CROSS = ((1, 0, 1), (0, 1, 0), (1, 0, 1))
ARROWS = ["up", "down", "left", "right"]


def text(instrument, width=76):
    return "\n".join("".join(part for part, _ in line) for line in instrument.lines(width))


def pressed(instrument, keys):
    for key in keys:
        instrument = instrument.press(key)
    return instrument


# --- convolution --------------------------------------------------------------------------------------

small = st.integers(-9, 9)


@st.composite
def convolutions(draw):
    height, width = draw(st.integers(4, 9)), draw(st.integers(4, 9))
    k, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rows = [draw(st.lists(small, min_size=width, max_size=width)) for _ in range(height)]
    weights = [draw(st.lists(small, min_size=m, max_size=m)) for _ in range(k)]
    return Convolution(
        picture=tuple(map(tuple, rows)), kernels={"one": tuple(map(tuple, weights)), "two": CROSS}
    )


def theirs(one):
    """The same by torch's own convolution or pooling."""
    picture = torch.tensor(one.moved(one.shifted), dtype=torch.float64)[None, None]
    weight = torch.tensor(one.weights, dtype=torch.float64)[None, None]
    ways = {"stride": one.stride, "dilation": one.dilation}
    if one.pooling:
        picture = functional.pad(picture, [one.padding] * 4)
        return functional.max_pool2d(picture, weight.shape[2:], **ways)[0, 0].int().tolist()
    return functional.conv2d(picture, weight, padding=one.padding, **ways)[0, 0].int().tolist()


@given(convolutions(), st.lists(st.sampled_from([*"spdkmf", *ARROWS]), max_size=20))
def test_the_map_is_torchs_whatever_is_pressed(one, keys):
    one = pressed(one, keys)
    assert [list(row) for row in one.map] == theirs(one)
    rows, columns = one.size
    assert one.at[0] < rows
    assert one.at[1] < columns
    assert one.at in one.seen
    beside = one.lines(200)[1 : 1 + len(one.map)]
    assert len({sum(len(part) for part, _ in line) for line in beside}) == 1, "columns are aligned"


@given(convolutions(), st.sampled_from(["s", "p"]))
def test_pooling_is_torchs(one, key):
    one = Convolution(picture=one.picture, kernels=one.kernels, pooling=True).press(key)
    assert [list(row) for row in one.map] == theirs(one)


def test_the_slides_example():
    one = Convolution(picture=SLIDE, kernels={"the slide's": CROSS})
    assert one.map == ((4, 3, 4), (2, 4, 3), (2, 3, 4))
    assert "sum 4" in text(one)
    one = pressed(one, ["right"] * 3)
    assert one.at == (1, 0), "past the end of a row comes the next"
    assert one.figures["seen"] == 4
    assert pressed(one, "f").figures["seen"] == 9


def test_where_the_window_does_not_fit_the_last_columns_are_never_read():
    one = Convolution(picture=((1,) * 8,) * 8, kernels={"one": CROSS}).press("s")
    assert (one.figures["columns"], one.figures["unread"]) == (3, 1)
    assert "3.50, rounded down = 3" in text(one)
    assert "never read" in text(one)
    padded = one.press("p")
    assert padded.figures["unread"] == 0, "it is the padding that is not read"
    assert "never read" not in text(padded)
    assert padded.figures["columns"] == 4


def test_the_map_moves_with_the_picture_only_by_whole_strides():
    dot = tuple(tuple(int((y, x) == (3, 3)) for x in range(9)) for y in range(9))
    one = Convolution(picture=dot, kernels={"one": ((1, 2, 3), (4, 5, 6), (7, 8, 9))})
    assert pressed(one, ["m", "right", "down"]).figures["follows"] == 1
    two = pressed(one, ["s", "m", "right"])
    assert two.figures["follows"] == 0
    assert "numbers changed" in text(two)
    assert two.press("right").figures["follows"] == 1


@given(convolutions(), st.lists(st.sampled_from(ARROWS), max_size=3))
def test_stride_one_follows_wherever_anything_can_be_compared(one, ways):
    moved = pressed(one.press("m"), ways)
    assert moved.follows or max(map(abs, moved.shifted)) + 3 > min(moved.size)


@pytest.mark.parametrize(
    ("picture", "kernels"),
    [(((1, 2), (3,)), {"one": ((1,),)}), (SLIDE, {}), (((1,),), {"one": CROSS}), ((), {})],
)
def test_what_is_no_rectangle_or_does_not_fit_is_refused(picture, kernels):
    with pytest.raises(ValueError, match=r"kernel|rows"):
        Convolution(picture=picture, kernels=kernels)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stride": 5}, "`stride` is one of 1, 2, 3, 4"),
        ({"padding": -1}, "`padding` is one of 0, 1, 2"),
        ({"dilation": 3}, "`dilation` is one of 1, 2"),
        ({"kernel": "two"}, "no kernel `two`"),
        ({"dilation": 2, "picture": ((0,) * 4,) * 4}, "does not fit"),
        ({"pooling": True, "padding": 1}, "no padding"),
    ],
)
def test_a_knob_that_cannot_stand_so_is_refused(options, words):
    fields = {"picture": SLIDE, "kernels": {"one": CROSS}} | options
    with pytest.raises(ValueError, match=words):
        Convolution(**fields)


def test_what_pools_has_no_padding_to_turn_on():
    one = Convolution(picture=SLIDE, kernels={"one": CROSS}, pooling=True)
    assert "p" not in one.keys
    assert one.press("p").figures["padding"] == 0


# --- thresholds ---------------------------------------------------------------------------------------

COMPAS = ThresholdDesk(
    groups={"black": Counts((532, 1369), (990, 805)), "white": Counts((461, 505), (1139, 349))},
    threshold=2,
)
"""The counts of Larson and others, ProPublica 2016, low and medium or high."""


def test_propublicas_rates():
    assert COMPAS.rates("black") == pytest.approx(
        dict(zip(COMPAS.rates("black"), (0.4485, 0.2799, 0.6297, 0.5882, 0.6383), strict=True)),
        abs=5e-5,
    )
    assert COMPAS.figures["gap in false positive rate"] == pytest.approx(0.4485 - 0.2345, abs=1e-4)
    assert "44.8 %" in text(COMPAS)


def test_thresholds_move_together_or_alone_and_are_tied_again():
    assert COMPAS.press("left").figures["threshold of white"] == 1
    apart = pressed(COMPAS, ["t", "down", "right"])
    assert apart.figures["threshold of black"] == 2
    assert apart.figures["threshold of white"] == 3
    assert "nobody is flagged" in text(apart)
    assert apart.figures["predictive value of white"] == 0
    assert apart.press("t").figures["threshold of black"] == 3


counts = st.lists(st.integers(0, 99), min_size=4, max_size=4).map(tuple)
desks = st.builds(
    lambda *rows: ThresholdDesk(groups={"a": Counts(*rows[:2]), "b": Counts(*rows[2:])}),
    counts, counts, counts, counts,
).filter(lambda desk: any(map(sum, [desk.groups["a"].happened, desk.groups["b"].not_happened])))  # fmt: skip


@given(desks, st.lists(st.sampled_from([*ARROWS, "t"]), max_size=12))
def test_flagging_fewer_wrongs_fewer_and_misses_more(desk, keys):
    desk = pressed(desk, keys)
    for name in desk.groups:
        assert 1 <= desk.limit(name) <= 5
    stricter = desk.press("right")
    for name in desk.groups:
        before, after = desk.rates(name), stricter.rates(name)
        assert after["false positive rate"] <= before["false positive rate"]
        assert after["false negative rate"] >= before["false negative rate"]
    assert all(len(line) <= 80 for line in text(desk).splitlines())


@given(desks)
def test_equal_predictive_value_and_error_rates_need_equal_base_rates(desk):
    """Chouldechova 2017, equation 2.6: fpr = p / (1 - p) * (1 - ppv) / ppv * (1 - fnr)."""
    for name, each in desk.groups.items():
        rates, yes, no = desk.rates(name), sum(each.happened), sum(each.not_happened)
        if yes and no and rates["predictive value"]:
            share, value = yes / (yes + no), rates["predictive value"]
            right = share / (1 - share) * (1 - value) / value * (1 - rates["false negative rate"])
            assert rates["false positive rate"] == pytest.approx(right)


def test_groups_of_different_scores_are_refused():
    with pytest.raises(ValueError, match="every group"):
        ThresholdDesk(groups={"a": Counts((1, 2), (3, 4)), "b": Counts((1,), (2,))})


@pytest.mark.parametrize("threshold", [0, 4])
def test_a_threshold_beyond_the_scores_is_refused(threshold):
    with pytest.raises(ValueError, match="a score from 1 to 2, or one above"):
        ThresholdDesk(groups={"a": Counts((1, 2), (3, 4))}, threshold=threshold)


# --- imitation ----------------------------------------------------------------------------------------

PERSONS, NETWORKS = [f"person {i}" for i in range(12)], [f"network {i}" for i in range(12)]


@given(st.integers(0, 999))
def test_who_knows_is_always_right(seed):
    game = Imitation.shuffled(PERSONS, NETWORKS, rounds=10, whose="yours", seed=seed)
    while not game.over:
        line = next(each for each in text(game).splitlines()[::-1] if each.startswith("    "))
        game = game.press("p" if "person" in line else "n")
    assert game.figures["right"] == game.figures["judged"] == 10
    assert game.press("p") is game
    assert "you can tell them apart" in text(game)


def test_the_same_seed_is_the_same_game_and_a_foreign_key_does_nothing():
    one, two = (
        Imitation.shuffled(PERSONS, NETWORKS, rounds=5, whose="yours", seed=3) for _ in "ab"
    )
    assert one == two
    assert one.press("x") is one
    assert one.press("p").figures["judged"] == 1


def test_the_binomial_tail():
    assert at_least(9, 10) == pytest.approx(11 / 1024)
    assert at_least(0, 10) == 1
    assert at_least(5, 9) == 0.5


def test_too_few_lines_are_refused():
    with pytest.raises(ValueError, match="rounds"):
        Imitation.shuffled(PERSONS[:2], NETWORKS[:2], rounds=10, whose="yours", seed=0)
