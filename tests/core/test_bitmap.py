"""Pictures as cells: every role, any size, with and without colours."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.bitmap import Drawing, draw, steady
from tutor.core.colours import NUMBERS, SIDES, grey, side

ROLES = (
    "decision", "confusion", "heat_map", "image_grid", "histogram", "lines", "scatter", "text",
    "attention", "tokens", "histograms", "landscape",
)  # fmt: skip


def text(rows):
    return ["".join(cell.char for cell in row).rstrip() for row in rows]


def picture(role, shape, data, **more):
    fields = {"role": role, "shape": shape, "data": data, **more}
    return Drawing.from_json(msgspec.json.encode(fields))


def plane(**more):
    """Class 1 to the right of the middle."""
    data = [0.0 if x < 32 else 1.0 for _ in range(32) for x in range(64)]
    points = [[-1.0, 0.0, 0], [1.0, 0.0, 1]]
    return picture("decision", (32, 64), data, extent=(-2, 2, -1, 1), points=points, **more)


def test_a_decision_without_colours_is_textures_and_marks():
    rows = text(draw(plane(), 40, 20, mono=True))
    assert len(rows) == 10  # a plane twice as wide as high, in cells twice as high as wide
    middle = rows[5]
    assert middle.index("o") == 10
    assert middle.index("x") == 30
    assert rows[0] == " " * 20 + "░" * 20


def test_a_decision_in_colour_has_two_sides():
    rows = draw(plane(), 40, 20)
    assert rows[0][0].front != rows[0][39].front
    assert rows[0][0].front == rows[5][3].front


def test_a_decision_of_many_classes_is_classes():
    data = [float(x // 16) for _ in range(32) for x in range(64)]
    rows = draw(picture("decision", (32, 64), data), 40, 20)
    assert len({cell.front for cell in rows[0]}) == 4
    assert set(text(draw(picture("decision", (32, 64), data), 40, 20, glyphs="ascii"))[0]) == set(
        " .:-"
    )


def test_a_confusion_names_its_rows_and_columns():
    drawing = picture(
        "confusion", (2, 2), [30, 2, 0, 28], labels=("cold", "hot"), caption="58 of 60 right"
    )
    rows = text(draw(drawing, 40, 8))
    assert rows[0].split() == ["cold", "hot", "recall"]
    assert rows[1].split() == ["cold", "30", "2", "94%"]
    assert rows[2].split() == ["hot", "·", "28", "100%"]
    assert rows[-1] == "58 of 60 right"
    cells = draw(drawing, 40, 8)
    backs = {cell.back for row in cells[1:3] for cell in row if cell.back}
    assert len(backs) == 3  # two right answers of different shares, one wrong


def test_images_stand_side_by_side_under_their_labels():
    on, off = [1.0] * 64, [0.0] * 64
    labels = ("1, not 7", "7, not 1")
    drawing = picture("image_grid", (1, 2, 8, 8), on + off, labels=labels)
    rows = draw(drawing, 17, 5)
    assert text(rows)[4] == "1, not 7 7, not 1"
    assert rows[0][0].front == (255, 255, 255)
    assert rows[0][9].front == (0, 0, 0)
    assert text(draw(drawing, 17, 5, mono=True))[0] == "█" * 8
    assert text(draw(drawing, 17, 5, glyphs="ascii"))[0] == "@" * 8


def test_a_heat_map_says_its_range():
    drawing = picture("heat_map", (2, 2), [0.0, 1.0, 2.0, 3.0])
    rows = draw(drawing, 20, 8)
    assert text(rows)[-1].startswith("0 ")
    assert text(rows)[-1].endswith(" 3")
    assert rows[0][0].front != rows[0][-1].front


def test_a_histogram_has_a_bar_for_each_name():
    drawing = picture("histogram", (3, 2), [0, 4.0, 1, -2.0, 2, 0.0], labels=("a", "b", "c"))
    rows = text(draw(drawing, 31, 6))
    assert rows[0] == "a " + "█" * 20 + " 4"
    assert rows[1] == "b " + "▒" * 10 + " -2"
    assert rows[2] == "c  0"


def test_a_bar_of_thousands_is_written_out():
    rows = text(draw(picture("histogram", (3, 2), [0, 5061.5, 1, 0.25, 2, 2e9]), 40, 5))
    assert [row.split()[-1] for row in rows] == ["5062", "0.25", "2e+09"]


def test_more_bins_than_rows_are_drawn_together():
    data = [value for edge in range(20) for value in (edge, 1.0)]
    rows = text(draw(picture("histogram", (20, 2), data), 40, 5))
    assert len(rows) == 5
    assert all(row.endswith(" 4") for row in rows)


def test_lines_have_names_and_axes():
    data = [float(i) for i in range(30)] + [5.0] * 30
    drawing = picture("lines", (2, 30), data, labels=("true", "predicted"))
    rows = text(draw(drawing, 60, 14))
    assert "━ true" in rows[0]
    assert "● predicted" in rows[0]
    assert sum(row.count("●") for row in rows) > 3


def test_scatter_gives_each_class_a_mark():
    drawing = picture("scatter", (2, 3), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0], labels=("a", "b"))
    rows = text(draw(drawing, 40, 12))
    body = "".join(rows[1:])
    assert body.count("o") == 1
    assert body.count("x") == 1


def test_text_keeps_its_lines():
    drawing = picture("text", (), [], caption="To be\nor not")
    assert text(draw(drawing, 20, 5)) == ["To be", "or not"]


def test_a_caption_wraps_where_there_are_rows_for_it():
    drawing = picture(
        "heat_map", (2, 2), [0, 1, 2, 3], caption="What the window answers to, by row"
    )
    assert text(draw(drawing, 20, 12))[-2:] == ["What the window", "answers to, by row"]
    assert text(draw(drawing, 20, 5))[-1] == "What the window"
    assert text(draw(drawing, 60, 12))[-1] == drawing.caption


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"role": 3}', b'{"role":"heat_map","shape":[2,2],"data":[1]}']
)
def test_a_damaged_file_says_so(raw):
    assert "picture" in "".join(text(draw(Drawing.from_json(raw), 60, 3)))


def test_escape_sequences_stay_text():
    drawing = picture("confusion", (1, 1), [1], caption="\x1b[2Jhi", labels=("\x1b]52;c;x\x07",))
    assert all("\x1b" not in row and "\x07" not in row for row in text(draw(drawing, 40, 5)))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ROLES),
    st.lists(st.integers(0, 5), max_size=4),
    st.integers(1, 90),
    st.integers(1, 40),
    st.sampled_from(["braille", "block", "ascii"]),
    st.booleans(),
    st.data(),
)
def test_any_picture_at_any_size(role, shape, width, height, glyphs, mono, data):
    numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
    values = data.draw(st.lists(numbers, min_size=math.prod(shape), max_size=math.prod(shape)))
    drawing = picture(
        role,
        shape,
        values,
        caption="what it is",
        labels=[f"l{i}" for i in range(data.draw(st.integers(0, 6)))],
        extent=(0, 1, 0, 1),
        points=[[0.5, 0.5, 1.0], [None, 0.0, 0.0]],
    )
    rows = draw(drawing, width, height, glyphs=glyphs, mono=mono)
    assert len(rows) <= height
    assert all(len(row) <= width for row in rows)
    assert all(len(cell.char) == 1 and cell.char.isprintable() for row in rows for cell in row)


# --- attention, tokens, histograms, landscapes ------------------------------------------------------


def look_at(heads=1, words=("the", "cat", "sat")):
    """Each word looks at the one before it."""
    n = len(words)
    map_ = [1.0 if j == max(0, i - 1) else 0.1 for i in range(n) for j in range(n)]
    shape = (n, n) if heads == 1 else (heads, n, n)
    return picture("attention", shape, map_ * heads, labels=words, caption="layer 1")


def test_attention_names_who_looks_at_whom():
    rows = text(draw(look_at(), 40, 10, mono=True))
    assert rows[0].split() == ["the", "cat", "sat"]
    assert [row.split()[0] for row in rows[1:4]] == ["the", "cat", "sat"]
    # "sat" looks at "cat": the strongest cell of its row stands under that name.
    assert rows[3].index("█") == rows[0].index("cat")
    assert rows[-1] == "layer 1"


def test_attention_of_many_keys_writes_their_names_downwards():
    names = tuple(f"w{i:02}" for i in range(20))
    rows = text(draw(look_at(words=names), 50, 30, mono=True))
    assert "".join(row[4] for row in rows[:3]) == "w00"


def test_attention_has_rows_and_columns_of_its_own():
    names = ("q1", "q2", "k1", "k2", "k3")
    rows = text(draw(picture("attention", (2, 3), [0.5] * 6, labels=names), 40, 8))
    assert rows[0].split() == ["k1", "k2", "k3"]
    assert [row.split()[0] for row in rows[1:3]] == ["q1", "q2"]


def test_heads_stand_side_by_side_as_far_as_they_fit():
    rows = text(draw(look_at(heads=8), 40, 10, mono=True))
    assert rows[0].count("the") == 2
    assert rows[4] == "heads 1 to 2 of 8"


def test_more_queries_than_rows_are_drawn_without_names():
    names = tuple(f"w{i}" for i in range(40))
    rows = text(draw(look_at(words=names), 60, 12))
    assert "w0" not in "".join(rows)
    assert any("▀" in row for row in rows)


def test_a_text_says_how_likely_each_piece_was():
    pieces = ("The ", "sky", "\n", "is")
    drawing = picture("tokens", (4,), [math.nan, 0.95, 0.5, 0.05], labels=pieces)
    rows = draw(drawing, 40, 6)
    assert text(rows) == ["The sky", "is"]
    assert rows[0][0].back is None  # it was given
    assert len({rows[0][4].back, rows[1][0].back}) == 2
    assert text(draw(drawing, 40, 6, mono=True)) == ["The sky", "    ███", "is", "▁▁"]
    assert text(draw(drawing, 40, 6, glyphs="ascii"))[1] == "    999"


def test_tokens_are_wrapped_and_hold_no_control_characters():
    drawing = picture("tokens", (2,), [0.5, 0.5], labels=("a\tb\x1b[2J", "c" * 30))
    rows = text(draw(drawing, 10, 6))
    assert all(len(row) <= 10 for row in rows)
    assert "\x1b" not in "".join(rows)


def test_histograms_have_a_row_for_each_layer():
    bell = [0.0, 0.1, 0.8, 0.1, 0.0]
    flat = [0.2] * 5
    drawing = picture("histograms", (2, 5), bell + flat, labels=("first", "last"),
                      extent=(-1, 1, 0, 1))  # fmt: skip
    rows = text(draw(drawing, 11, 3))
    assert rows[0] == "first  ▁█▁"
    assert rows[1] == " last █████"
    assert rows[2].split() == ["-1", "1"]
    tall = text(draw(drawing, 11, 7))
    assert tall[0].strip() == "█"  # the peak reaches the top floor, the tails do not
    assert tall[2] == "first  ▃█▃"


def test_a_landscape_shows_the_valley_and_the_way():
    data = [float(x * x + 1) for _ in range(20) for x in range(-20, 20)]
    drawing = picture("landscape", (20, 40), data, extent=(-20, 20, 0, 20),
                      points=[[-18.0, 10.0], [-8.0, 10.0], [0.0, 10.0]])  # fmt: skip
    rows = text(draw(drawing, 40, 10, mono=True))
    assert rows[5].index("o") < rows[5].index("+") < rows[5].index("@")
    assert rows[0][0] == "█"
    assert rows[0][19] == " "


def test_a_confusion_says_each_recall_where_there_is_room():
    drawing = picture("confusion", (2, 2), [30, 10, 0, 0], labels=("cold", "hot"))
    rows = text(draw(drawing, 40, 8))
    assert rows[0].split() == ["cold", "hot", "recall"]
    assert rows[1].split()[-1] == "75%"
    assert rows[2].split()[-1] == "–"
    assert "recall" not in text(draw(drawing, 20, 8))[0]


def test_points_with_names_of_their_own_carry_them():
    names = ("king", "queen", "man", "woman", "apple", "pear", "plum")
    data = [value for i in range(7) for value in (float(i), float(i % 3), float(i))]
    drawn = "\n".join(text(draw(picture("scatter", (7, 3), data, labels=names), 70, 16)))
    assert all(name in drawn for name in names)


def test_rows_of_images_without_names_have_a_gap_between_them():
    drawing = picture("image_grid", (3, 2, 8, 8), [1.0] * 3 * 2 * 64)
    rows = text(draw(drawing, 40, 15))
    assert [bool(row.strip()) for row in rows[:14]] == ([True] * 4 + [False]) * 2 + [True] * 4
    low = text(draw(drawing, 40, 6))
    assert all(row.strip() for row in low), (
        "where an image would lose half of itself, there is none"
    )


# --- pictures that move -----------------------------------------------------------------------------


def planes(*values):
    return [Drawing("decision", (1, 1), [value]) for value in values]


def test_a_value_that_hardly_moved_stays_until_it_has_moved_enough():
    shown = Drawing("text")
    seen = []
    for plane in planes(0.30, 0.38, 0.30, 0.36, 0.42, 0.40, 0.90):
        shown = steady(plane, shown)
        seen.append(shown.data[0])
    assert seen == [0.30, 0.30, 0.30, 0.30, 0.42, 0.42, 0.90]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_what_is_shown_is_never_a_step_from_what_is(values):
    shown = Drawing("text")
    for plane in planes(*values):
        shown = steady(plane, shown)
        assert abs(shown.data[0] - plane.data[0]) < 1 / (len(SIDES) - 1)


def test_what_is_not_a_number_and_what_has_another_form_is_taken_as_it_is():
    one = Drawing("heat_map", (1, 3), [0.0, None, 1.0])
    assert steady(one, Drawing("heat_map", (1, 2), [0.0, 1.0])) is one
    assert steady(one, Drawing("heat_map", (1, 3), [0.01, 0.5, None])).data == [0.01, None, 1.0]
    bars = Drawing("histogram", (1, 2), [0.0, 1.0])
    assert steady(bars, Drawing("histogram", (1, 2), [0.0, 1.001])) is bars


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_what_moves_has_colours_that_terminals_know_by_a_number(value):
    assert grey(value) in NUMBERS
    assert side(value) in NUMBERS


def test_doubt_is_light_and_both_sides_are_dark():
    light = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in SIDES]
    middle = len(light) // 2
    assert light[:middle] == sorted(light[:middle])
    assert light[middle:] == sorted(light[middle:], reverse=True)
    assert grey(0.0) == (0, 0, 0)
    assert grey(1.0) == (255, 255, 255)
    assert len({grey(i / 24) for i in range(25)}) >= 23
