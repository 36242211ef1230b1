"""A program on a terminal that may be far away: it is sent little, asked how fast it is, and may go."""

import os
import sys
from collections.abc import Callable

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size

from tutor.ui.flow import Flow, Pace
from tutor.ui.grid import Grid, sparing_driver
from tutor.ui.terminal import leave_with_terminal, relayed

SIZE_SECONDS = 1.0
"""Between two looks at the terminal's size."""


class TerminalApp(App[None]):
    """What a program has to do with its terminal.

    Args:
        slow_link: Whether the learner said that the link is slow.

    Attributes:
        grid: What the terminal shows; in tests, without one, nothing.
        flow: When it may be sent a frame.
    """

    def __init__(self, *, slow_link: bool = False) -> None:
        super().__init__()
        self._slow_link = slow_link
        self.flow = Flow(Pace(slow_link=slow_link, pings=False), _nowhere)
        self._mouse_released = False
        self._terminal_size: Size | None = None
        if slow_link:
            self.animation_level = "none"

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, sparing with bytes."""
        self.grid = Grid()  # Textual asks while it is itself being made
        return sparing_driver(super().get_driver_class(), self.grid)

    def take_terminal(self) -> None:
        """Ask it how fast it is from now on, and leave when it goes; not where there is none."""
        if self._driver is not None and not self.is_headless:
            self.ask_terminal(self._driver.write)
            self.set_interval(SIZE_SECONDS, self.look_at_size)
            leave_with_terminal(self.exit)

    def ask_terminal(self, write: Callable[[str], object]) -> None:
        """From now on wait, after each frame of a plot, until the terminal has it."""
        pace = Pace(slow_link=self._slow_link, relayed=relayed(os.environ))
        self.flow = Flow(pace, write, sent=lambda: self.grid.sent)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has drawn everything that went before the question."""
        event.stop()
        self.flow.answered()

    def on_resize(self, event: events.Resize) -> None:
        """What a terminal shows that was resized, nobody knows."""
        self.grid.resized(*event.size)
        if self._terminal_size not in (None, event.size) and event.size == self.screen.size:
            # There and back before it was laid out: nothing else would have it drawn again.
            self.screen.refresh()
        self._terminal_size = event.size

    def action_draw_anew(self) -> None:
        """Draw all of the screen again, where something else wrote over it."""
        self.grid.forget()
        self.screen.refresh()

    def action_release_mouse(self) -> None:
        """Give the mouse to the terminal for its own selection, or take it back."""
        driver = self._driver
        if driver is None:
            return
        self._mouse_released = not self._mouse_released
        # Textual has no public switch; both methods exist on its Unix drivers.
        name = "_disable_mouse_support" if self._mouse_released else "_enable_mouse_support"
        getattr(driver, name, lambda: None)()
        self.notify(
            "The mouse is the terminal's now; F4 takes it back."
            if self._mouse_released
            else "The mouse is the tutor's again.",
            timeout=8,
            markup=False,
        )

    def look_at_size(self) -> None:
        """A signal that tells of a new size can get lost, and all be drawn beside its place.

        Where COLUMNS and LINES are set, it would tell what they say, whatever the size is now.
        """
        size = terminal_size()
        if size is not None and self._terminal_size not in (None, size):
            self.post_message(events.Resize(size, size))


def terminal_size() -> Size | None:
    """Columns and rows of the terminal itself; None where there is none, or it does not know them."""
    try:
        size = Size(*os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1))
    except (OSError, ValueError):
        return None
    return size or None  # a container's or a serial line's may be 0 x 0


def _nowhere(text: str) -> None:
    """Where a program without a terminal writes."""
