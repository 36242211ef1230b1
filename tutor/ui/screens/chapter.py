"""The test of a chapter: what it asks for, how it went, and the way into it."""

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tutor.core.course import Chapter
from tutor.session.sittings import Sitting, front_page
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.markdown_page import MarkdownPage
from tutor.ui.widgets.top_line import TopLine


class ChapterScreen(Screen[None]):
    """A chapter's test before it and after it. Enter begins an attempt, or goes on with one."""

    app = getters.app(TutorApp)
    BINDINGS = [
        Binding("enter", "begin", "Take the test", id="chapter.begin", key_display="enter"),
        Binding("escape", "dismiss(None)", "Back", id="chapter.back", key_display="esc"),
    ]

    def __init__(self, chapter: Chapter) -> None:
        super().__init__()
        self._chapter = chapter

    def compose(self) -> ComposeResult:
        """The page; it is written anew after each attempt."""
        yield TopLine("Chapter test")
        yield MarkdownPage()
        yield KeyLine()

    def on_screen_resume(self) -> None:
        """Show how the attempt went that one comes from."""
        self._write()

    @work(exclusive=True, group="page", exit_on_error=False)
    async def _write(self) -> None:
        await self.query_one(MarkdownPage).show(front_page(self.app.tutor, self._chapter))

    def action_begin(self) -> None:
        """Sit it."""
        from tutor.ui.screens.sitting import SittingScreen

        self.app.push_screen(SittingScreen(Sitting(self.app.tutor, self._chapter)))
