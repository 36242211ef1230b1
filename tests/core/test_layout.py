"""Prose set in rows: what it looks like, and what holds at every width."""

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.core.boxes import cut, width
from tutor.core.layout import Piece, layout, row_width, wrap
from tutor.core.prose import (
    Break,
    Fence,
    Figure,
    Heading,
    Items,
    Maths,
    Paragraph,
    Quote,
    Span,
    Table,
)


def spans(text: str) -> tuple[Span, ...]:
    return (Span(text),)


def paragraph(text: str) -> Paragraph:
    return Paragraph(spans(text))


def shown(*blocks, columns: int = 40, **options) -> str:
    rows = layout(blocks, columns, **options)
    return "\n".join("".join(piece.text for piece in row).rstrip() for row in rows)


def roles(*blocks, columns: int = 40) -> dict[str, str]:
    return {piece.text: piece.role for row in layout(blocks, columns) for piece in row}


# --- what it looks like ---------------------------------------------------------------------------


def test_a_page():
    page = (
        Heading(1, spans("Rolling downhill")),
        paragraph("A ball rolls down a bowl, and it never asks for the way."),
        Heading(2, spans("Steps")),
        Items((
            (paragraph("one"),),
            (paragraph("two, with a text that is too long for one row"),
             Items(((paragraph("deeper"),),))),
        )),
        Items(((paragraph("nine"),), (paragraph("ten"),)), start=9),
        Quote((paragraph("Quoted."),)),
        Quote((paragraph("Mind the gap."), paragraph("Again.")), kind="warning"),
        Fence("for x in y:\n\tpass", "python"),
        Break(),
    )  # fmt: skip
    assert shown(*page) == (
        "Rolling downhill\n"
        "━━━━━━━━━━━━━━━━\n"
        "\n"
        "A ball rolls down a bowl, and it never\n"
        "asks for the way.\n"
        "\n"
        "Steps\n"
        "\n"
        "• one\n"
        "• two, with a text that is too long for\n"
        "  one row\n"
        "  ◦ deeper\n"
        "\n"
        " 9. nine\n"
        "10. ten\n"
        "\n"
        "▌ Quoted.\n"
        "\n"
        "▌ Warning\n"
        "▌ Mind the gap.\n"
        "▌\n"
        "▌ Again.\n"
        "\n"
        "  for x in y:\n"
        "      pass\n"
        "\n" + "─" * 40
    )
    assert shown(*page, ascii=True).isascii()


def test_marks_are_kept_over_the_end_of_a_row():
    block = Paragraph((
        Span("plain "),
        Span("bold words that go on", frozenset({"strong"})),
        Span(", "),
        Span("both", frozenset({"strong", "em"})),
        Span(" "),
        Span("lr = 1", frozenset({"code"})),
        Span(".", frozenset()),
    ))  # fmt: skip
    assert layout([block], 20) == [
        (Piece("plain "), Piece("bold words", "strong")),
        (Piece("that go on", "strong"), Piece(", "), Piece("both", "strong-em")),
        (Piece("lr = 1", "code"), Piece(".")),
    ]


def test_punctuation_behind_code_stays_with_it():
    row = (Span("a row of some text "), Span("x", frozenset({"code"})), Span(", y"))
    assert shown(Paragraph(row), columns=20) == "a row of some text\nx, y"


def test_links_keep_their_target():
    link = Span("there", frozenset({"link"}), "https://example.org")
    assert layout([Paragraph((link,))], 20) == [(Piece("there", "link", "https://example.org"),)]


def test_a_hard_break_breaks_and_an_overlong_word_too():
    assert shown(paragraph("a\nb"), columns=20) == "a\nb"
    assert shown(paragraph("x" * 45), columns=20) == "\n".join(["x" * 20, "x" * 20, "x" * 5])


def test_maths_in_text_stays_on_one_row_and_shows_its_source_on_request():
    block = Paragraph((Span("The rule is now "), Span(r"w - \eta g", frozenset({"maths"}))))
    assert shown(block, columns=20) == "The rule is now\nw − ηg"
    assert shown(block, columns=40, latex=True) == r"The rule is now $w - \eta g$"
    assert shown(block, columns=40, ascii=True) == "The rule is now w - eta g"
    assert roles(block)["w − ηg"] == "maths"


def test_displayed_maths():
    block = Maths(r"x = \frac{a}{b}")
    assert shown(block, paragraph("next")) == "         a\n    x = ───\n         b\n\nnext"
    assert shown(block, latex=True) == r"  x = \frac{a}{b}"
    long = Maths("a_1 + a_2 + a_3 + a_4 + a_5 = b_1 + b_2 + b_3")
    assert shown(long, columns=24) == "  a₁ + a₂ + a₃ + a₄ + a₅\n  = b₁ + b₂ + b₃"


def test_figures():
    figure = Figure("assets/bowl.txt", "A bowl")
    assert shown(figure) == "[A bowl]"
    assert shown(figure, figure=lambda found: f"\n\\_/ {found.path}\n") == "\\_/ assets/bowl.txt"


TABLE = Table(
    head=(spans("name"), spans("what it is"), spans("n")),
    rows=(
        (spans("SGD"), spans("plain steps down the hill"), spans("1")),
        (spans("Adam"), spans("steps by moments"), spans("10")),
    ),
    aligns=("left", "left", "right"),
)


def test_tables_align_wrap_and_at_last_become_records():
    assert shown(TABLE, columns=60) == (
        "name  what it is                  n\n"
        "────  ─────────────────────────  ──\n"
        "SGD   plain steps down the hill   1\n"
        "Adam  steps by moments           10"
    )
    assert shown(TABLE, columns=26) == (
        "name  what it is         n\n"
        "────  ────────────────  ──\n"
        "SGD   plain steps down   1\n"
        "      the hill\n"
        "Adam  steps by moments  10"
    )
    wide = Table(tuple(spans(w * 9) for w in "abc"), (tuple(spans(w) for w in "xyz"),), ())
    assert shown(wide, columns=20) == "aaaaaaaaa: x\nbbbbbbbbb: y\nccccccccc: z"


def test_fences_are_cut_never_reflowed():
    assert shown(Fence("a " * 30), columns=20) == "  " + "a " * 8 + "a…"
    (row,) = layout([Fence("x = 1", "python")], 20)
    assert row == (Piece("  "), Piece("x = 1", "fence", "python"))


def test_wide_and_combining_characters_are_measured():
    assert [width(text) for text in ("abc", "中文", "e\u0301", "m̂ₜ", "❤\ufe0f")] == [3, 4, 1, 2, 2]
    assert shown(paragraph("中" * 15), columns=20) == "中" * 10 + "\n" + "中" * 5
    assert cut("中文字", 4) == "中…"


def test_control_characters_are_made_visible():
    assert shown(paragraph("a\x1b[2Jb"), Fence("\x9b1m")) == "a␛[2Jb\n\n  \ufffd1m"


def test_an_empty_list_item_keeps_its_mark():
    assert shown(Items(((), (paragraph("b"),)))) == "•\n• b"


# --- what holds at every width --------------------------------------------------------------------

_texts = st.text(
    st.sampled_from("ab cd\n\t  é中\u0301\u200d\ufe0f❤👍\x1b\x00\x85\u2028\u202e\u00a0𝔼_*-"),
    max_size=60,
)
_marks = st.sampled_from(
    [frozenset(m) for m in ((), ("strong",), ("code",), ("link",), ("maths",), ("em", "strong"))]
)
_spans = st.lists(st.builds(Span, _texts, _marks, _texts), max_size=5).map(tuple)
_cells = st.lists(_spans, min_size=1, max_size=4).map(tuple)
_leaves = st.one_of(
    st.builds(Heading, st.integers(1, 6), _spans),
    st.builds(Paragraph, _spans),
    st.builds(Fence, _texts, _texts),
    st.builds(Maths, _texts | st.sampled_from([r"\frac{a}{b} = \sum_i x_i + " * 3 + "c"])),
    st.builds(Figure, _texts, _texts),
    st.builds(Break),
    st.builds(Table, _cells, st.lists(_cells, max_size=3).map(tuple), st.just(("left", "right"))),
)
_blocks = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(
            Items,
            st.lists(st.lists(inner, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple),
            st.none() | st.integers(0, 999),
        ),
        st.builds(
            Quote, st.lists(inner, max_size=2).map(tuple), st.sampled_from(["", "note", "tip"])
        ),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.lists(_blocks, max_size=3),
    st.integers(20, 100),
    st.booleans(),
    st.booleans(),
    st.none() | _texts,
)
def test_no_row_is_too_wide_or_holds_a_control_character(blocks, columns, ascii_only, latex, art):
    rows = layout(blocks, columns, ascii=ascii_only, latex=latex, figure=lambda _: art)
    for row in rows:
        assert row_width(row) <= columns
        text = "".join(piece.text for piece in row)
        assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cs")]


@settings(deadline=None)
@given(_spans.filter(lambda found: not any("maths" in span.marks for span in found)),
       st.integers(20, 60))  # fmt: skip
def test_the_letters_of_a_paragraph_stay_in_their_order(found, columns):
    rows = layout([Paragraph(found)], columns)
    set_letters = [c for row in rows for piece in row for c in piece.text if c.isalpha()]
    assert set_letters == [c for span in found for c in span.text if c.isalpha()]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "bb", "ccc", "dddddd"]), max_size=30), st.integers(6, 30))
def test_no_word_that_fits_is_broken_and_no_row_could_take_the_next_word(words, columns):
    rows = wrap([Piece(" ".join(words))], columns)
    lines = ["".join(piece.text for piece in row) for row in rows]
    assert " ".join(lines).split() == words
    for line, following in itertools.pairwise(lines):
        assert len(line) + 1 + len(following.split()[0]) > columns


@pytest.mark.parametrize("columns", [1, 5, 19])
def test_widths_below_the_least_are_set_at_the_least(columns):
    assert layout([TABLE], columns) == layout([TABLE], 20)
