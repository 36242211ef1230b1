"""The prose widget: what is on the screen, links, selection, themes, and its bill."""

import unicodedata

import pytest
from frames import frame, segments
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Offset
from textual.selection import Selection

from tutor.core.boxes import width
from tutor.core.prose import Fence, Heading, Maths, Paragraph, Quote, Span
from tutor.ui.themes import THEMES
from tutor.ui.widgets import prose as prose_module
from tutor.ui.widgets.prose import Prose

LINK = Span("the paper", frozenset({"link"}), "https://example.org/paper")
BLOCKS = (
    Heading(2, (Span("Steps"),)),
    Paragraph((Span("Read "), LINK, Span(" on "), Span(r"\eta", frozenset({"maths"})), Span("."))),
    Maths(r"w - \eta \frac{a}{b}"),
    Fence("def f(x):\n    return x  # it", "python"),
    Quote((Paragraph((Span("\x1b[2J[bold]plain[/]"),)),), kind="tip"),
)


class Page(App[None]):
    CSS = "Prose { padding: 0 2; }"

    def __init__(self, *blocks: tuple, **options: bool) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "walk-dark"
        self.pages = [Prose(each, **options) for each in blocks or (BLOCKS,)]
        self.links: list[str] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield from self.pages

    def on_prose_link_clicked(self, event: Prose.LinkClicked) -> None:
        self.links.append(event.href)


SHOWN = """\
  Steps

  Read the paper on η.

             a
      w − η ───
             b

    def f(x):
        return x  # it

  ▌ Tip
  ▌ ␛[2J[bold]plain[/]"""


async def test_the_page():
    async with (app := Page()).run_test(size=(60, 20)):
        assert frame(app).rstrip() == SHOWN


async def test_latex_shows_the_source_and_the_height_follows():
    async with (app := Page()).run_test(size=(60, 20)) as pilot:
        before = app.pages[0].size.height
        app.pages[0].latex = True
        await pilot.pause()
        assert r"on $\eta$." in frame(app)
        assert r"    w - \eta \frac{a}{b}" in frame(app)
        assert app.pages[0].size.height == before - 2
        app.pages[0].latex = False
        await pilot.pause()
        assert frame(app).rstrip() == SHOWN


async def test_ascii():
    async with (app := Page(ascii=True)).run_test(size=(60, 20)):
        lines = [line for line in frame(app).split("\n") if "2J" not in line]
        assert "\n".join(lines).isascii()


async def test_it_is_set_anew_only_for_a_new_width(monkeypatch):
    widths = []

    def counting(blocks, columns, **options):
        widths.append(columns)
        return layout(blocks, columns, **options)

    layout = prose_module.layout
    monkeypatch.setattr(prose_module, "layout", counting)
    async with (app := Page()).run_test(size=(60, 20)) as pilot:
        await pilot.resize_terminal(60, 10)
        app.refresh(layout=True)
        await pilot.pause()
        tall = set(widths)
        assert len(widths) == len(tall)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert set(widths) > tall


async def test_a_click_on_a_link_says_which_and_beside_it_nothing():
    async with (app := Page()).run_test(size=(60, 20)) as pilot:
        start = SHOWN.split("\n")[2].index("the paper")
        for x in (start - 1, start + len("the paper")):
            await pilot.click(Prose, offset=(x, 2))
        assert app.links == []
        for x in (start, start + len("the paper") - 1):
            await pilot.click(Prose, offset=(x, 2))
        assert app.links == [LINK.href] * 2


async def test_selection_copies_what_is_seen_without_blanks_at_the_end():
    async with (app := Page()).run_test(size=(60, 20)):
        page = app.pages[0]
        text, _ = page.get_selection(Selection(None, None))
        assert text.split("\n")[8:10] == ["  def f(x):", "      return x  # it"]
        found = page.get_selection(Selection(Offset(5, 2), Offset(14, 2)))
        assert found == ("the paper", "\n")


async def test_both_themes_colour_every_role():
    async with (app := Page()).run_test(size=(60, 20)) as pilot:
        seen = []
        for theme in THEMES:
            app.theme = theme.name
            await pilot.pause()
            seen.append({s.text: s.style.color for row in segments(app) for s in row if s.style})
        for text in ("Steps", "the paper", "η", "def", "# it", "▌ "):
            assert seen[0][text] != seen[1][text]
        assert seen[0]["Steps"] != seen[0]["the paper"] != seen[0]["."]


async def test_every_row_fits_from_one_column_to_many():
    async with (app := Page()).run_test(size=(60, 20)) as pilot:
        for size in ((1, 1), (20, 5), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            frame(app)


def test_no_character_is_wider_on_the_screen_than_reckoned():
    printable = filter(
        lambda char: unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co"),
        map(chr, range(32, 0x20000)),
    )
    assert [hex(ord(char)) for char in printable if width(char) < cell_len(char)] == []


@pytest.mark.parametrize(
    "text", ["❤\ufe0f", "1\ufe0f\u20e3", "e\u0301", "👍🏽", "👩\u200d🔬", "m̂ₜ"]
)
def test_nor_are_characters_that_join(text):
    assert width(text) >= cell_len(text)
