"""The line of keys: at once, as much as fits, and for the mouse too."""

import pytest
from frames import frame
from textual.app import App
from textual.binding import Binding
from textual.geometry import Offset
from textual.screen import Screen

from tutor.ui.widgets.key_line import KeyLine


class Keys(Screen[None]):
    BINDINGS = [
        Binding("enter", "act('enter')", "Open", key_display="enter"),
        Binding("a", "act('a')", "Another"),
        Binding("b", "act('b')", "Elsewhere"),
        Binding("c", "act('c')", "Hidden", show=False),
        Binding("escape", "act('escape')", "Back", key_display="esc"),
        Binding("question_mark", "act('?')", "Help", key_display="?"),
    ]
    may = True

    def __init__(self):
        super().__init__()
        self.acted = []

    def compose(self):
        yield KeyLine()

    def check_action(self, action, parameters):
        return self.may or parameters != ("a",)

    def action_act(self, key):
        self.acted.append(key)


class Program(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def get_default_screen(self):
        return Keys()


def last(app):
    return frame(app).splitlines()[-1]


async def test_it_is_there_from_the_first_frame_and_changes_within_one():
    async with Program().run_test(size=(60, 10)) as pilot:
        assert last(pilot.app) == " enter Open  a Another  b Elsewhere  esc Back  ? Help"
        pilot.app.screen.may = False
        pilot.app.screen.refresh_bindings()
        await pilot.pause()
        assert last(pilot.app) == " enter Open  b Elsewhere  esc Back  ? Help"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (54, " enter Open  a Another  b Elsewhere  esc Back  ? Help"),
        (45, " enter Open  a Another  esc Back  ? Help"),
        (30, " enter Open  esc Back  ? Help"),
        (20, " esc Back  ? Help"),
        (8, " esc Ba…"),
    ],
)
async def test_what_has_no_room_goes_from_the_middle(width, line):
    async with Program().run_test(size=(width, 10)) as pilot:
        assert last(pilot.app) == line


async def test_a_click_on_a_key_is_the_key():
    async with Program().run_test(size=(60, 10)) as pilot:
        at = last(pilot.app).index("Another")
        await pilot.click(KeyLine, offset=Offset(at, 0))
        await pilot.click(KeyLine, offset=Offset(last(pilot.app).index("?"), 0))
        await pilot.pause()
        assert pilot.app.screen.acted == ["a", "?"]
        await pilot.click(KeyLine, offset=Offset(58, 0))
        await pilot.pause()
        assert pilot.app.screen.acted == ["a", "?"], "beside them is nothing"
