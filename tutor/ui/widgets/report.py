"""What the checks of a file found, in lines."""

from textual.content import Content

from tutor.core.protocol import CheckResult
from tutor.session.coding import CodeReport
from tutor.ui.widgets.bars import number, points


def check_lines(report: CodeReport) -> list[Content]:
    """The verdict, then a line a check, then what was printed."""
    lines = [_head(report), Content("")]
    if report.problem is not None:
        lines.append(Content.styled(report.problem.title, "bold $error"))
        if report.problem.hint:
            lines.append(Content.styled(report.problem.hint, "$quiet"))
        if report.trace:
            lines.append(Content(report.trace.rstrip()))
        lines.append(Content(""))
    for result in report.results:
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
