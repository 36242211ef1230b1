"""A small code exercise written again from memory, from an empty starter."""

from pathlib import Path

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import TextArea

from tutor.core.errors import TutorError
from tutor.core.lesson import Code
from tutor.core.text import visible
from tutor.session.coding import CodeReport
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.report import ReportPane, check_lines
from tutor.ui.widgets.top_line import TopLine


class RecallScreen(Screen[bool]):
    """The starter, to be filled in once more. Dismissed with whether the review was recorded."""

    app = getters.app(TutorApp)
    CSS_PATH = "code.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("ctrl+s,f5", "check", "Check", id="recall.check", key_display="^s", priority=True),
        Binding("f2", "forgotten", "Forgotten", id="recall.forgotten"),
        # Where there is more; else it selects a line in the editor.
        Binding(
            "f6",
            "more",
            "More",
            id="recall.more",
            tooltip="What the report says below",
            priority=True,
        ),
        Binding("enter", "go_on", "Go on", id="recall.go-on", key_display="enter"),
        Binding("escape", "dismiss(False)", "Back", key_display="esc", priority=True),
    ]

    def __init__(self, code: Code) -> None:
        super().__init__(classes="code-desk")
        self._code = code
        self._file: Path | None = None
        self._tries = 0
        self._report: CodeReport | None = None

    def compose(self) -> ComposeResult:
        """Editor and report, as in the lesson."""
        yield TopLine(self._code.title, "review")
        with Horizontal(id="desk"):
            yield TextArea(tab_behavior="indent", show_line_numbers=True, id="editor")
            yield ReportPane()
        yield KeyLine()

    def on_mount(self) -> None:
        """Make the file and show it."""
        try:
            self._file = self.app.tutor.reviewing.fresh_file(self._code)
        except TutorError as error:
            self.app.complain(error)
            self.dismiss(False)
            return
        editor = self.query_one(TextArea)
        editor.text = visible(self._file.read_text(encoding="utf-8"))
        editor.focus()
        self._pane.say(
            Content.styled("From memory. At once is good; a second try is hard.", "$quiet")
        )

    @property
    def _pane(self) -> ReportPane:
        return self.query_one(ReportPane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Once it passes or is given up there is only going on."""
        over = self._over
        if action == "more":
            return self._pane.show_vertical_scrollbar
        if action == "go_on":
            return over
        return not over if action in ("check", "forgotten") else True

    @property
    def _over(self) -> bool:
        return self._report is not None and self._report.verdict.passed

    @work(exclusive=True, group="check", exit_on_error=False)
    async def action_check(self) -> None:
        """Save and check."""
        assert self._file is not None, "the file is made as the screen opens"
        self._pane.say(Content.styled("Checking ...", "$quiet"))
        try:
            self._file.write_text(self.query_one(TextArea).text, encoding="utf-8")
            report = await self.app.tutor.reviewing.check(self._code, self._file)
        except (OSError, TutorError) as error:
            self._pane.say(Content.styled(str(error), "$error"))
            return
        self._tries += 1
        self._report = report
        if report.verdict.passed:
            self.app.tutor.reviewing.conclude(self._code, report, self._tries)
            # Out of the editor, where Enter would only be another line.
            self.set_focus(None)
        self._pane.say(Content("\n").join(check_lines(report)))
        self.refresh_bindings()

    def action_more(self) -> None:
        """Page the report."""
        self._pane.more()

    def action_forgotten(self) -> None:
        """Record that it was forgotten."""
        self.app.tutor.reviewing.conclude(self._code, None, self._tries)
        self.dismiss(True)

    def action_go_on(self) -> None:
        """To the next one."""
        self.dismiss(True)
