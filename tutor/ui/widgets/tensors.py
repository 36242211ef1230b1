"""What a single step did, tensor by tensor, and what the layers make of the example."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor.core.axes import short
from tutor.core.protocol import StepDetail

USUAL = (1e-4, 1e-2)
"""Updates of about a thousandth of the weights are usual; far from it something is off."""


class TensorTable(VerticalScroll):
    """A table; it scrolls, since a network has many tensors and a screen few rows."""

    DEFAULT_CSS = """
    TensorTable { padding: 0 1; background: $surface; }
    TensorTable Static { width: auto; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__(id="tensors")
        self._step = -1

    def compose(self) -> ComposeResult:
        """One text for all of it."""
        yield Static(id="rows", markup=False)

    def show(self, detail: StepDetail) -> None:
        """Draw the table of a step, once."""
        if detail.step != self._step:
            self._step = detail.step
            self.query_one("#rows", Static).update(Content("\n").join(table(detail)))


def table(detail: StepDetail) -> list[Content]:
    """The rows of a step: parameters, then layers."""
    wide = max([9, *(len(row.name) for row in detail.parameters)])
    wide = min(24, max([wide, *(len(row.name) for row in detail.activations)]))
    head = f"{'parameter':<{wide}}  {'shape':<14} {'norm':>8} {'gradient':>8}  update/weight"
    lines = [
        Content.styled(f"After step {detail.step}", "bold"),
        Content.styled(head, "$quiet"),
    ]
    for row in detail.parameters:
        lines.append(
            Content.assemble(
                f"{_cut(row.name, wide)}  {_shape(row.shape):<14} {_figure(row.norm):>8} "
                f"{_figure(row.gradient_norm):>8}  ",
                _ratio(row.update_ratio),
            )
        )
    if detail.activations:
        head = f"{'layer':<{wide}}  {'shape':<14} {'mean':>8} {'spread':>8}"
        lines += [Content(""), Content.styled(head, "$quiet")]
        lines += [
            Content.assemble(
                f"{_cut(row.name or row.kind, wide)}  {_shape(row.shape):<14} "
                f"{_figure(row.mean):>8} {_figure(row.deviation):>8}  ",
                (row.kind, "$quiet"),
            )
            for row in detail.activations
        ]
    return lines


def _cut(name: str, width: int) -> str:
    return f"{name if len(name) <= width else '…' + name[1 - width :]:<{width}}"


def _shape(shape: list[int]) -> str:
    return "×".join(map(str, shape)) or "scalar"


def _figure(value: float | None) -> str:
    return "–" if value is None else short(value)


def _ratio(value: float | None) -> Content:
    if value is None:
        return Content.styled("–", "$quiet")
    low, high = USUAL
    words, colour = ("small", "$warning") if value < low else ("usual", "$success")
    if value > high:
        words, colour = "large", "$error"
    if value == 0:
        words, colour = "did not move", "$quiet"
    return Content.assemble(f"{value:8.1e} ", (words, colour))
