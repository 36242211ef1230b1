"""What the checks of a file found, and the pane beside the editor where it stands."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor.core.protocol import CheckResult
from tutor.session.coding import CodeReport
from tutor.ui.widgets.bars import number, points


def check_lines(report: CodeReport) -> list[Content]:
    """The verdict, then each check, those that are left to do first; then what was printed."""
    lines = [_head(report), Content("")]
    if report.problem is not None:
        lines.append(Content.styled(report.problem.title, "bold $error"))
        if report.problem.hint:
            lines.append(Content.styled(report.problem.hint, "$quiet"))
        if report.trace:
            lines.append(Content(report.trace.rstrip()))
        lines.append(Content(""))
    for result in sorted(report.results, key=lambda result: result.passed):
        lines.extend(_check(result))
    if report.log.strip():
        lines.append(Content.styled("\nYour code printed", "bold $secondary"))
        lines.append(Content(report.log.rstrip()))
    return lines


def _head(report: CodeReport) -> Content:
    verdict = report.verdict
    earned = f"  {number(verdict.points)} of {points(verdict.maximum)}"
    if verdict.passed:
        return Content.assemble(("✓ Passed.", "bold $success"), (earned, "$quiet"))
    return Content.assemble(("✗ Not yet.", "bold $error"), (earned, "$quiet"))


def _check(result: CheckResult) -> list[Content]:
    mark = ("✓ ", "$success") if result.passed else ("✗ ", "$error")
    name = f"{result.name} (hidden)" if result.hidden else result.name
    lines = [Content.assemble(mark, (name, "" if result.passed else "bold"))]
    if result.passed:
        return lines
    if result.message:
        lines.append(Content(f"  {result.message}"))
    if result.expected or result.actual:
        lines.append(Content.assemble(("  expected  ", "$quiet"), result.expected))
        lines.append(Content.assemble(("  got       ", "$quiet"), result.actual))
    return lines


class ReportPane(VerticalScroll):
    """A report and the hints under it, in a pane that pages while the editor keeps the arrows."""

    def __init__(self) -> None:
        super().__init__(id="side", can_focus=False)

    def compose(self) -> ComposeResult:
        """Two texts."""
        yield Static(id="report", markup=False)
        yield Static(id="hints", markup=False)

    def say(self, words: Content) -> None:
        """Show a report, from its beginning."""
        self.query_one("#report", Static).update(words)
        self.scroll_home(animate=False)

    def hint(self, words: Content) -> None:
        """Show these hints."""
        self.query_one("#hints", Static).update(words)

    def watch_show_vertical_scrollbar(self) -> None:
        """The key that pages comes and goes with the bar: what overflows is known once laid out."""
        if self.is_mounted:
            self.screen.refresh_bindings()

    def more(self) -> None:
        """The next page; after the last one the first."""
        below = self.scroll_offset.y + max(1, self.size.height - 1)
        self.scroll_to(y=0 if self.is_vertical_scroll_end else below, animate=False)
