"""The composition root of the terminal program."""

import asyncio
import functools
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.content import Content
from textual.filter import LineFilter
from textual.screen import Screen

from tutor.core.course import Chapter
from tutor.core.errors import TutorError
from tutor.core.lesson import Lesson, Run, Scalar
from tutor.session.live_run import LiveRun
from tutor.session.sittings import chapter_test
from tutor.session.tutor import Tutor
from tutor.ui.options import GLYPHS, Glyphs, Options
from tutor.ui.signs import Plain
from tutor.ui.terminal_app import TerminalApp
from tutor.ui.themes import DARK, THEMES


class TutorApp(TerminalApp):
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
        Binding("ctrl+l", "draw_anew", "Draw anew", id="app.draw-anew", show=False),
    ]

    def __init__(self, tutor: Tutor, options: Options | None = None) -> None:
        self.options = options or Options()
        super().__init__(slow_link=self.options.slow_link)
        self.tutor = tutor
        self._plain = Plain()
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

    # --- life -----------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Take on the learner's theme, then begin."""
        self.theme = "walk-light" if self.tutor.setting("theme") == "light" else "walk-dark"
        self.take_terminal()
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
        for notice in self.tutor.notices:
            self.say(notice)
        self.tutor.notices.clear()
        self._grade_unwatched()

    @work(exclusive=True, group="unwatched", exit_on_error=False)
    async def _grade_unwatched(self) -> None:
        for live in await self.tutor.training.grade_unwatched():
            if live.verdict is not None and live.verdict.passed and live.request.graded:
                self.say(f"While you were away a run passed: {live.exercise.title}.", progress=True)
        self.screen.refresh(recompose=False)
        await asyncio.to_thread(self.tutor.ledger.sweep)

    async def on_unmount(self) -> None:
        """Let the warm worker go; runs that train go on without us, and no new one is started."""
        self.tutor.sweeping.halt()
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

    def action_go(self, place: str) -> None:
        """Open one of the program's own screens, or go back to it where it is open already."""
        kind = _screen(place)
        if any(isinstance(screen, kind) for screen in self.screen_stack):
            while not isinstance(self.screen, kind):
                self.pop_screen()
        else:
            self.push_screen(kind())

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

    @work(exclusive=True, group="quit")
    async def action_quit_gently(self) -> None:
        """Quit; ask first what should become of runs that still train."""
        from tutor.ui.screens.quit import QuitScreen

        running = [
            live
            for live in self.tutor.training.live.values()
            if live.running and live.where not in ("ended", "dead")
        ]
        if running:
            sweep = self.tutor.sweeping.current
            going = sweep is not None and sweep.going
            note = "The rest of the sweep waits until you go on with it." if going else ""
            choice = await self.push_screen_wait(QuitScreen(running, note))
            if choice == "stay":
                return
            self.tutor.sweeping.halt()
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
        for chapter in self.tutor.course.chapters:
            if chapter_test(self.tutor, chapter) is not None:
                go = functools.partial(open_test, self, chapter)
                yield SystemCommand(f"Test: {chapter.title}", "The test of this chapter", go)
        for title, (what, _) in PLACES.items():
            yield SystemCommand(title, what, functools.partial(self.action_go, title))
        yield SystemCommand("Search", "Find a word in the lessons", self.action_search)
        yield SystemCommand("Sweep", "A run for each value of a knob", lambda: open_sweep(self))
        yield SystemCommand("Glossary", "What a word means", self.action_glossary)
        yield SystemCommand("Help", "The keys of this screen", self.action_help)
        yield SystemCommand("Light or dark", "Change the theme", self.action_toggle_theme)
        yield SystemCommand("Quit", "Leave the tutor", self.action_quit_gently)


PLACES = {
    "Progress": ("What you did and earned", "progress.ProgressScreen"),
    "Runs": ("Every run: found, compared, noted", "runs.RunsScreen"),
    "The day": ("A day of the course on one page", "day.DayScreen"),
    "Review": ("What memory needs today", "review.ReviewScreen"),
    "Device": ("What runs train on", "devices.DevicesScreen"),
}
"""The program's own screens by their names: what they are for, and where they are."""


def open_test(app: TutorApp, chapter: Chapter) -> None:
    """Show the test of a chapter."""
    from tutor.ui.screens.chapter import ChapterScreen

    app.push_screen(ChapterScreen(chapter))


def _screen(place: str) -> type[Screen[None]]:
    # Imported when it is first opened: Home does not wait for any of them.
    module, _, name = PLACES[place][1].partition(".")
    found: type[Screen[None]] = getattr(import_module(f"tutor.ui.screens.{module}"), name)
    return found


def open_network(app: TutorApp, live: LiveRun | None) -> None:
    """Show the network of a run, where there is a run."""
    from tutor.ui.screens.network import NetworkScreen

    if live is None:
        app.say("Train first: the network is drawn from a run.")
    else:
        app.push_screen(NetworkScreen(live))


def open_sweep(
    app: TutorApp, run: Run | None = None, knobs: Mapping[str, Scalar] | None = None
) -> None:
    """Sweep the knobs of an exercise; a sweep of it that is going is shown instead.

    Args:
        app: The program.
        run: The exercise; the one of the lab in front where it is None.
        knobs: Where its knobs stand.
    """
    from tutor.ui.screens.lab import LabScreen
    from tutor.ui.screens.sweep import SweepScreen
    from tutor.ui.screens.sweep_runs import SweepRunsScreen

    if run is None and isinstance(app.screen, LabScreen):
        app.screen.action_sweep()
        return
    current = app.tutor.sweeping.current
    if current is not None and current.going and (run is None or run is current.exercise):
        app.push_screen(SweepRunsScreen(current))
    elif run is None:
        app.say("A sweep is begun in the lab of a run: open one, then press w.")
    else:
        app.push_screen(SweepScreen(run, knobs or {}))


def literal(text: str) -> Content:
    """Text that is not ours, shown as it stands."""
    return Content(text)
