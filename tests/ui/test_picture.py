"""The picture widget."""

import pytest
from textual.app import App

from tests.ui.frames import frame
from tutor.core.bitmap import Drawing
from tutor.ui.themes import THEMES
from tutor.ui.widgets.picture import PictureView

GRID = Drawing("image_grid", (1, 1, 4, 4), [1.0] * 8 + [0.0] * 8, "half of it")


class PictureApp(App[None]):
    """A program of one picture."""

    def __init__(self, glyphs="braille"):
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "walk-dark"
        self.view = PictureView(glyphs=glyphs)

    def compose(self):
        yield self.view


async def test_before_the_first_picture():
    app = PictureApp()
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        assert frame(app).split("\n")[0].strip() == "no picture yet"


async def test_a_picture_and_its_caption():
    app = PictureApp()
    async with app.run_test(size=(40, 9)) as pilot:
        app.view.show(GRID)
        await pilot.pause()
        rows = [row.strip() for row in frame(app).split("\n")]
        assert rows[0] == "▀" * 16
        assert "half of it" in rows
        segments = [s for s in app.view.render_line(0) if "▀" in s.text]
        assert len(segments) == 1  # one colour, one run
        assert segments[0].style.color.triplet == (255, 255, 255)


@pytest.mark.parametrize("glyphs", ["block", "ascii"])
async def test_without_colours_shades_tell_light_from_dark(glyphs, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = PictureApp(glyphs)
    async with app.run_test(size=(40, 9)) as pilot:
        app.view.show(GRID)
        for size in ((1, 1), (200, 60), (40, 9)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        rows = [row.strip() for row in frame(app).split("\n")]
        assert rows[0] == ("@" if glyphs == "ascii" else "█") * 16
        assert rows[6] == ""


async def test_the_same_picture_again_is_not_drawn_again(monkeypatch):
    app = PictureApp()
    async with app.run_test(size=(40, 9)) as pilot:
        app.view.show(GRID)
        await pilot.pause()
        calls = []
        monkeypatch.setattr(app.view, "refresh", lambda *regions, **_: calls.append(regions))
        app.view.show(Drawing(*(getattr(GRID, name) for name in GRID.__struct_fields__)))
        assert calls == []


async def test_a_picture_that_came_while_out_of_view_is_seen_in_place_of_the_last():
    app = PictureApp()
    async with app.run_test(size=(40, 9)) as pilot:
        app.view.show(GRID)
        await pilot.pause()
        app.view.display = False
        await pilot.pause()
        app.view.display = True  # its size is known again only after the next layout
        app.view.show(Drawing("text", caption="another one"))
        await pilot.pause()
        assert frame(app).split("\n")[0].strip() == "another one"
