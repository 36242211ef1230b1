"""A day of the course on one page."""

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tutor.session.summary import days, finished, summary
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.markdown_page import MarkdownPage
from tutor.ui.widgets.top_line import TopLine


class DayScreen(Screen[None]):
    """What was learnt, the best runs, what review brings back; left and right change the day."""

    app = getters.app(TutorApp)
    BINDINGS = [
        Binding("left,right", "other", "Other day", id="day.other", key_display="←→"),
        Binding("escape", "dismiss(None)", "Back", id="day.back", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._day = 0

    def compose(self) -> ComposeResult:
        """The page; it is written once the runs were read."""
        yield TopLine("The day")
        yield MarkdownPage()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the last day that is finished, or the first."""
        known = days(self.app.tutor)
        self._day = max((day for day in known if finished(self.app.tutor, day)), default=known[0])

    def on_resize(self) -> None:
        """Write for the new width; the first comes once the page has one."""
        self._write()

    @work(exclusive=True, group="day", exit_on_error=False)
    async def _write(self) -> None:
        top, page = self.query_one(TopLine), self.query_one(MarkdownPage)
        top.put(right="reading your runs ...")
        text = await summary(self.app.tutor, self._day, width=page.columns, glyphs=self.app.glyphs)
        await page.show(text)
        top.put(right="")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With one day there is no other."""
        return action != "other" or len(days(self.app.tutor)) > 1

    def action_other(self) -> None:
        """The next day of the course, and after the last the first."""
        known = days(self.app.tutor)
        self._day = known[(known.index(self._day) + 1) % len(known)]
        self._write()
