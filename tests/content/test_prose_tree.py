import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.content.markdown import Reader
from tutor.content.notes import PAGE, Note
from tutor.content.parse import parse_inline, plain_lesson
from tutor.core.layout import layout
from tutor.core.lesson import Prose
from tutor.core.prose import (
    Break,
    Fence,
    Figure,
    Heading,
    Items,
    Maths,
    Paragraph,
    ProseBlock,
    Quote,
    Span,
    Table,
)


def blocks(text: str) -> list[ProseBlock]:
    return [piece.block for piece in Reader(text).pieces()]  # type: ignore[union-attr]


def notes(text: str, kind: str) -> list[tuple[int, str]]:
    reader = Reader(text)
    list(reader.pieces())
    return [(note.line, note.text) for note in reader.notes if note.kind == kind]


def span(text: str, *marks: str, href: str = "") -> Span:
    return Span(text, frozenset(marks), href)  # type: ignore[arg-type]


def test_marks_nest_and_neighbours_merge() -> None:
    assert blocks(r"a *b **c*** ~~d~~ `e*` \[f] [g **h**](lesson:x)") == [
        Paragraph(
            (
                span("a "),
                span("b ", "em"),
                span("c", "em", "strong"),
                span(" "),
                span("d", "strike"),
                span(" "),
                span("e*", "code"),
                span(" [f] "),
                span("g ", "link", href="lesson:x"),
                span("h", "link", "strong", href="lesson:x"),
            )
        )
    ]


def test_line_breaks_are_spaces_unless_hard() -> None:
    assert blocks("a\nb\\\nc") == [Paragraph((span("a b\nc"),))]


def test_money_is_no_maths() -> None:
    assert blocks("It cost $5 and $10.") == [Paragraph((span("It cost $5 and $10."),))]
    assert blocks("a $x_i$ b") == [Paragraph((span("a "), span("x_i", "maths"), span(" b")))]


def test_displays_and_pictures_leave_their_paragraph() -> None:
    assert blocks("before\n$$\nx\n$$\nafter ![two *words*](a%20b.txt)") == [
        Paragraph((span("before"),)),
        Maths("x"),
        Paragraph((span("after"),)),
        Figure("a b.txt", "two words"),
    ]


def test_lists_quotes_tables_fences_and_rules() -> None:
    text = "3. a\n4. b\n   - c\n\n> q\n\n| l | r |\n|:--|--:|\n| 1 | `2` |\n\n```py x\nz = 1\n```\n\n---"
    assert blocks(text) == [
        Items(
            (
                (Paragraph((span("a"),)),),
                (Paragraph((span("b"),)), Items(((Paragraph((span("c"),)),),))),
            ),
            start=3,
        ),
        Quote((Paragraph((span("q"),)),)),
        Table(
            ((span("l"),), (span("r"),)),
            (((span("1"),), (span("2", "code"),)),),
            ("left", "right"),
        ),
        Fence("z = 1", "py"),
        Break(),
    ]


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_github_alerts_become_callouts(kind: str) -> None:
    quote = blocks(f"> [!{kind.upper()}]\n> Mind *this*.\n>\n> And that.")
    assert quote == [
        Quote(
            (
                Paragraph((span("Mind "), span("this", "em"), span("."))),
                Paragraph((span("And that."),)),
            ),
            kind,
        )
    ]


def test_an_unknown_alert_stays_a_quote_and_is_noted() -> None:
    assert blocks("> [!NOTICE]\n> x") == [Quote((Paragraph((span("[!NOTICE] x"),)),))]
    assert notes("> [!NOTICE]\n> x", "alert") == [(1, "NOTICE")]


def test_details_and_comments_are_dropped_and_their_content_stays() -> None:
    text = (
        "<!-- note -->\n\n<details><summary>Q</summary>\n\nInside.\n\n</details>\n\na <!-- b --> c"
    )
    assert blocks(text) == [Paragraph((span("Inside."),)), Paragraph((span("a  c"),))]
    assert notes(text, "html") == []


def test_other_html_is_noted_with_its_line() -> None:
    assert notes("a\nb <br> c\n\n<div>\nx\n</div>", "html") == [(2, "<br>"), (4, "<div>")]


def test_wide_fences_and_tables_are_noted() -> None:
    assert notes(f"x\n\n```\n{'x' * 73}\n```", "wide") == []
    assert notes(f"x\n\n```\n{'x' * 74}\n```", "wide") == [(3, "code block is 74 columns")]
    cell = "x" * 40
    table = f"| {cell} | {cell} |\n|---|---|\n| 1 | 2 |"
    assert notes(table, "wide") == [(1, "table is 82 columns")]
    assert notes(f"```\n{'界' * 37}\n```", "wide") == [(1, "code block is 74 columns")]
    assert notes(f"```\n\t{'x' * 70}\n```", "wide") == [(1, "code block is 74 columns")]
    accented = "e\u0301" * 73  # a letter and its accent share a column
    assert notes(f"```\n{accented}\n```", "wide") == []


NESTS = st.lists(st.sampled_from(["> ", "- ", "1. ", "9. ", "99. ", "> [!TIP]\n> "]), max_size=4)


@given(NESTS, st.integers(55, 76), st.integers(1, 3), st.booleans())
def test_what_is_noted_as_wide_is_what_the_page_cuts(nests, columns, items, indented) -> None:
    text = "    x" + "x" * (columns - 1) if indented else f"```\n{'x' * columns}\n```"
    for nest in nests:
        margin = "> " if nest.startswith(">") else " " * len(nest)
        text = nest + text.replace("\n", f"\n{margin}")
        if not nest.startswith(">"):
            text = "\n".join([text, *(f"{nest}another" for _ in range(items - 1))])
    rows = layout([*blocks(text)], PAGE)
    is_cut = any("…" in piece.text for row in rows for piece in row)
    assert bool(notes(text, "wide")) == is_cut


def test_formulas_links_and_pictures_are_noted_at_their_lines() -> None:
    text = "a\n[b](c)\n$d$ ![](e.png)\n\n| $f$ |\n|---|\n| $g$ |\n\n- x\n- $h$"
    reader = Reader(text, first_line=11)
    list(reader.pieces())
    assert reader.notes == [
        Note("link", 12, "c"),
        Note("maths", 13, "d"),
        Note("image", 13, "e.png", PAGE),
        Note("no alt", 13, "e.png"),
        Note("maths", 15, "f"),
        Note("maths", 17, "g"),
        Note("maths", 20, "h"),
    ]


def test_small_markdown_shows_tags_and_brackets_as_they_are() -> None:
    assert parse_inline("`w[i]` [/x/y] List<int> tensor([nan])") == (
        Paragraph((span("w[i]", "code"), span(" [/x/y] List<int> tensor([nan])"))),
    )
    assert parse_inline("```toml quiz\nx = 1\n```") == (Fence("x = 1", "toml"),)


def test_plain_markdown_opens_as_reading() -> None:
    text = "intro\n\n# The *title*\n\nSome <b>words</b>.\n\n## Next\n\n```toml run\nid = 1\n```\n"
    lesson = plain_lesson(text, "notes/My Page.md")
    assert (lesson.id, lesson.title, lesson.folder) == ("notes-my-page", "The title", "notes")
    assert [type(block.body) for block in lesson.blocks] == [Prose] * 3
    assert [block.line for block in lesson.blocks] == [1, 3, 7]
    assert lesson.blocks[2].body.blocks[-1] == Fence("id = 1", "toml")  # type: ignore[union-attr]
    assert isinstance(lesson.blocks[1].body.blocks[0], Heading)  # type: ignore[union-attr]
    assert lesson.words == 6
