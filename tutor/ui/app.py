"""The composition root of the terminal program."""

import asyncio
import functools
import signal
import sys
from collections.abc import Callable, Iterable, Sequence

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tutor.core.errors import TutorError
from tutor.core.lesson import Lesson
from tutor.session.live_run import LiveRun
from tutor.session.tutor import Tutor
from tutor.ui.flow import Flow, Pace
from tutor.ui.options import GLYPHS, Glyphs, Options
from tutor.ui.signs import Plain
from tutor.ui.terminal import TerminalWatch
from tutor.ui.themes import DARK, THEMES
from tutor.ui.thrift import thrifty_driver


class TutorApp(App[None]):
    """A walk with deep learning.

    Screens ask `app.tutor` for everything they show and hand everything the learner does to it.
    """

    TITLE = "dlwalk"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS = [
        Binding("q", "quit_gently", "Quit", id="app.quit", show=False),
        Binding("ctrl+q", "quit_gently", "Quit", id="app.quit-anywhere", show=False, priority=True),
        Binding("question_mark", "help", "Help", id="app.help", key_display="?"),
        Binding("slash", "search", "Search", id="app.search", key_display="/", show=False),
        Binding("f3", "toggle_theme", "Light or dark", id="app.theme", show=False),
        Binding("f4", "release_mouse", "Release the mouse", id="app.mouse", show=False),
    ]

    def __init__(self, tutor: Tutor, options: Options | None = None) -> None:
        super().__init__()
        self.tutor = tutor
        self.options = options or Options()
        self.flow = Flow(Pace(slow_link=self.options.slow_link, pings=False), _nowhere)
        self._mouse_released = False
        self._plain = Plain()
        if self.options.slow_link:
            self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables for any theme that does not have them."""
        return dict(DARK.variables)

    @property
    def glyphs(self) -> Glyphs:
        """What curves are drawn with: asked for, answered at the first start, or braille."""
        chosen = self.options.glyphs or self.tutor.setting("glyphs", "braille")
        return next((known for known in GLYPHS if known == chosen), "braille")

    @property
    def ascii_only(self) -> bool:
        """Whether our own signs should be ASCII."""
        return self.glyphs == "ascii"

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line of every widget goes through before it is sent."""
        given = super().get_line_filters()
        return [*given, self._plain] if self.ascii_only else given

    # --- the terminal -----------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, sparing with bytes."""
        return thrifty_driver(super().get_driver_class())

    def ask_terminal(self, write: Callable[[str], object]) -> None:
        """From now on wait, after each frame of a plot, until the terminal has it."""
        self.flow = Flow(Pace(slow_link=self.options.slow_link), write)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has drawn everything that went before the question."""
        event.stop()
        self.flow.answered()

    # --- life -----------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Take on the learner's theme, then begin."""
        self.theme = "walk-light" if self.tutor.setting("theme") == "light" else "walk-dark"
        if self._driver is not None and not self.is_headless:
            self.ask_terminal(self._driver.write)
            self._leave_with_the_terminal()
        await self.begin()

    async def begin(self) -> None:
        """Show Home, and the welcome over it at the first start."""
        from tutor.ui.screens.home import HomeScreen
        from tutor.ui.screens.welcome import WelcomeScreen

        await self.push_screen(HomeScreen())
        if self.options.lesson:
            self.open_lesson(self.tutor.lesson(self.options.lesson))
        elif not self.tutor.setting("welcomed"):
            await self.push_screen(WelcomeScreen())
        self._tell_notices()
        self._grade_unwatched()

    def _leave_with_the_terminal(self) -> None:
        # A terminal that closes sends SIGHUP; without a handler the worker would be left behind.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.exit)
        assert sys.__stdin__ is not None, "there is a terminal, or we would not be here"
        gone = functools.partial(loop.call_soon_threadsafe, self.exit)
        TerminalWatch(sys.__stdin__.fileno(), gone).start()

    @work(exclusive=True, group="unwatched", exit_on_error=False)
    async def _grade_unwatched(self) -> None:
        for live in await self.tutor.training.grade_unwatched():
            if live.verdict is not None and live.verdict.passed:
                self.say(f"While you were away a run passed: {live.exercise.title}.", progress=True)
        self.screen.refresh(recompose=False)

    async def on_unmount(self) -> None:
        """Let the warm worker go; a run that still trains goes on without us."""
        await self.tutor.training.close()

    # --- talking --------------------------------------------------------------------------------

    def say(self, text: str, *, hint: str = "", bad: bool = False, progress: bool = False) -> None:
        """Say a sentence in passing. Never for metrics: a toast repaints much of the screen.

        What only tells of progress, and stands elsewhere too, is left out on a slow link.
        """
        if progress and self.options.slow_link:
            return
        words = f"{text} {hint}".strip()
        self.notify(words, severity="error" if bad else "information", timeout=8, markup=False)

    def complain(self, error: TutorError) -> None:
        """Say what went wrong and what to do."""
        self.say(error.title, hint=error.hint, bad=True)

    def _tell_notices(self) -> None:
        for notice in self.tutor.notices:
            self.say(notice)
        self.tutor.notices.clear()

    # --- ways -----------------------------------------------------------------------------------

    def open_lesson(self, lesson: Lesson, block: int | None = None) -> None:
        """Open a lesson where the learner left it, or at a block."""
        from tutor.ui.screens.lesson import LessonScreen

        self.push_screen(LessonScreen(lesson, block))

    def watch_run(self, live: LiveRun) -> None:
        """Open the lab on a run that already exists."""
        from tutor.ui.screens.lab import LabScreen

        self.push_screen(LabScreen(live.exercise, live=live))

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from tutor.ui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_search(self) -> None:
        """Search the lessons."""
        from tutor.ui.screens.search import SearchScreen

        if not isinstance(self.screen, SearchScreen):
            self.push_screen(SearchScreen())

    def action_glossary(self) -> None:
        """Show what words mean, those of the lesson in front first."""
        from tutor.ui.screens.glossary import GlossaryScreen

        if not self.tutor.course.glossary:
            self.say("This course has no glossary.")
        elif not isinstance(self.screen, GlossaryScreen):
            self.push_screen(GlossaryScreen(getattr(self.screen, "lesson", None)))

    def action_toggle_theme(self) -> None:
        """Go from dark to light or back, and remember it."""
        light = self.theme == "walk-dark"
        self.theme = "walk-light" if light else "walk-dark"
        self.tutor.set_setting("theme", "light" if light else "dark")

    def action_release_mouse(self) -> None:
        """Give the mouse to the terminal for its own selection, or take it back."""
        driver = self._driver
        if driver is None:
            return
        self._mouse_released = not self._mouse_released
        # Textual has no public switch; both methods exist on its Unix drivers.
        name = "_disable_mouse_support" if self._mouse_released else "_enable_mouse_support"
        getattr(driver, name, lambda: None)()
        self.say(
            "The mouse is the terminal's now; F4 takes it back."
            if self._mouse_released
            else "The mouse is the tutor's again."
        )

    @work(exclusive=True, group="quit")
    async def action_quit_gently(self) -> None:
        """Quit; ask first what should become of runs that still train."""
        from tutor.ui.screens.quit import QuitScreen

        running = [live for live in self.tutor.training.live.values() if live.running]
        if running:
            choice = await self.push_screen_wait(QuitScreen(running))
            if choice == "stay":
                return
            if choice == "stop":
                for live in running:
                    await live.stop()
        await self.flow.settle()
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: lessons, then the program's own commands."""
        for lesson in self.tutor.course.lessons.values():
            yield SystemCommand(
                lesson.title, "Open this lesson", lambda lesson=lesson: self.open_lesson(lesson)
            )
        yield SystemCommand("Progress", "What you did and earned", lambda: open_progress(self))
        yield SystemCommand("The day", "A day of the course on one page", lambda: open_day(self))
        yield SystemCommand("Review", "What memory needs today", lambda: open_review(self))
        yield SystemCommand("Search", "Find a word in the lessons", self.action_search)
        yield SystemCommand("Glossary", "What a word means", self.action_glossary)
        yield SystemCommand("Device", "What runs train on", lambda: open_devices(self))
        yield SystemCommand("Help", "The keys of this screen", self.action_help)
        yield SystemCommand("Light or dark", "Change the theme", self.action_toggle_theme)
        yield SystemCommand("Quit", "Leave the tutor", self.action_quit_gently)


def open_progress(app: TutorApp) -> None:
    """Show what was done and earned."""
    from tutor.ui.screens.progress import ProgressScreen

    app.push_screen(ProgressScreen())


def open_day(app: TutorApp) -> None:
    """Show a day of the course on one page."""
    from tutor.ui.screens.day import DayScreen

    app.push_screen(DayScreen())


def open_review(app: TutorApp) -> None:
    """Show what memory needs today."""
    from tutor.ui.screens.review import ReviewScreen

    app.push_screen(ReviewScreen())


def open_devices(app: TutorApp) -> None:
    """Show the devices of this machine, to choose one."""
    from tutor.ui.screens.devices import DevicesScreen

    app.push_screen(DevicesScreen())


def open_network(app: TutorApp, live: LiveRun | None) -> None:
    """Show the network of a run, where there is a run."""
    from tutor.ui.screens.network import NetworkScreen

    if live is None:
        app.say("Train first: the network is drawn from a run.")
    else:
        app.push_screen(NetworkScreen(live))


def _nowhere(text: str) -> None:
    """Where a program without a terminal writes."""


def literal(text: str) -> Content:
    """Text that is not ours, shown as it stands."""
    return Content(text)
