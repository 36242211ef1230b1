"""The program of `preview`: one lesson, anew each time it is saved."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.session.previewing import Previewing
from tutor.ui.app import TutorApp
from tutor.ui.options import Options
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine

LOOK_SECONDS = 0.5


class ProblemsScreen(Screen[None]):
    """What `check` says of the lesson; it goes by itself once the lesson is mended."""

    BINDINGS = [Binding("q", "app.quit_gently", "Quit")]
    DEFAULT_CSS = "ProblemsScreen #problems { padding: 1 2; height: 1fr; }"

    def __init__(self, previewing: Previewing) -> None:
        super().__init__()
        self._previewing = previewing

    def compose(self) -> ComposeResult:
        """A paragraph a problem."""
        yield TopLine("Preview")
        with VerticalScroll(id="problems"):
            yield Static(id="words", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw what there is."""
        self.draw()

    def draw(self) -> None:
        """Write the list anew."""
        lines = [
            Content.assemble(
                (f"{each.level}  ", "bold $error" if each.level == "error" else "bold $warning"),
                str(each),
            )
            for each in self._previewing.problems
        ]
        self.query_one("#words", Static).update(Content("\n\n").join(lines))


class PreviewApp(TutorApp):
    """The tutor on a lesson that is being written."""

    def __init__(self, previewing: Previewing, options: Options | None = None) -> None:
        super().__init__(previewing.tutor, options)
        self._previewing = previewing
        self._block = 0

    async def begin(self) -> None:
        """Show the lesson, then look at its files twice a second."""
        self.set_interval(LOOK_SECONDS, self.look)
        await self.push_screen(self._next())

    async def look(self) -> None:
        """Show the lesson anew where it was saved, at the block one was at.

        What stands in front of it, such as a lab, is left alone until it is closed.
        """
        if not isinstance(self.screen, LessonScreen | ProblemsScreen):
            return
        if not self.screen.is_mounted:
            return  # it was put up a moment ago and has no page yet
        if isinstance(self.screen, LessonScreen):
            self._block = self.screen.here
        if self._previewing.changed():
            # Replaced, not covered: an old lesson must not come back to a course that has changed.
            await self.switch_screen(self._next())

    def _next(self) -> Screen[None]:
        problems = self._previewing.problems
        if any(problem.level == "error" for problem in problems):
            return ProblemsScreen(self._previewing)
        if problems:
            count = len(problems)
            self.say(f"{count} warning{'s' if count > 1 else ''}: `dlwalk-tutor check` lists them.")
        return LessonScreen(self._previewing.lesson, self._block)
