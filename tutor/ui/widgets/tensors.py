"""What a single step did, tensor by tensor, and what the layers make of the example."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor.core.axes import short
from tutor.core.network import pace
from tutor.core.protocol import StepDetail

ROOMY = 70
"""Columns from which on all figures fit."""
COLOURS = {"small": "$warning", "usual": "$success", "large": "$error", "still": "$quiet"}


class TensorTable(VerticalScroll):
    """A table; it scrolls, since a network has many tensors and a screen few rows."""

    DEFAULT_CSS = """
    TensorTable { padding: 0 1; background: $surface; }
    TensorTable Static { width: auto; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__(id="tensors")
        self._drawn = (-1, 0)

    def compose(self) -> ComposeResult:
        """One text for all of it."""
        yield Static(id="rows", markup=False)

    def show(self, detail: StepDetail) -> None:
        """Draw the table of a step, once for each width."""
        drawn = (detail.step, self.content_size.width)
        if drawn != self._drawn:
            self._drawn = drawn
            rows = table(detail, self.content_size.width)
            self.query_one("#rows", Static).update(Content("\n").join(rows))


def table(detail: StepDetail, width: int) -> list[Content]:
    """The rows of a step: parameters, then layers; in few columns without the norms."""
    names = [row.name for row in detail.parameters]
    names += [row.name or row.kind for row in detail.activations]
    roomy = width >= ROOMY
    wide = min(24 if roomy else 14, max([9, *map(len, names)]))
    shaped = 14 if roomy else 9

    def row(name: str, shape: str, *figures: str) -> str:
        cells = "".join(f" {figure:>8}" for figure in figures)
        return f"{_cut(name, wide)} {_cut(shape, shaped)}{cells}  "

    heads = ("norm", "gradient") if roomy else ("gradient",)
    lines = [
        Content.styled(f"After step {detail.step}", "bold"),
        Content.styled(row("parameter", "shape", *heads) + "update/weight", "$quiet"),
    ]
    for each in detail.parameters:
        figures = [_figure(each.norm)] if roomy else []
        text = row(each.name, _shape(each.shape), *figures, _figure(each.gradient_norm))
        lines.append(Content.assemble(text, _ratio(each.update_ratio)))
    if detail.activations:
        lines += [Content(""), Content.styled(row("layer", "shape", "mean", "spread"), "$quiet")]
    for layer in detail.activations:
        shape, mean, spread = _shape(layer.shape), _figure(layer.mean), _figure(layer.deviation)
        text = row(layer.name or layer.kind, shape, mean, spread)
        lines.append(Content.assemble(text, (layer.kind, "$quiet")))
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
    word = pace(value)
    return Content.assemble(f"{value:.1e} ", (word, COLOURS[word]))
