"""What a device does just now and did in the last minute, in as few bytes as that takes."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.canvas import Sheet
from tutor.core.device import Device
from tutor.core.gauges import cuts, draw
from tutor.ui.widgets.loss_plot import changed, role_styles, runs


class Column(Widget):
    """Some columns of a sheet; of a new one only those cells are sent that differ."""

    def __init__(self) -> None:
        super().__init__()
        self._sheet = Sheet([], [])
        self._palette: list[Style] = []

    def show(self, sheet: Sheet) -> None:
        """Show another sheet."""
        old, self._sheet = self._sheet, sheet
        if [len(row) for row in old.rows] != [len(row) for row in sheet.rows]:
            self.refresh()
        elif regions := list(changed(old, sheet)):
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row."""
        if y >= len(self._sheet.rows) or not self._sheet.rows[y]:
            return Strip.blank(self.size.width, self.rich_style)
        if not self._palette:
            self._palette = role_styles(self)
        segments = [Segment(text, self._palette[role]) for text, role in runs(self._sheet, y)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []


class GaugePane(Horizontal):
    """The gauges of one device.

    Textual sends a row from a widget's left edge on, so that names, bars, figures and curves are
    widgets of their own.
    """

    DEFAULT_CSS = """
    GaugePane { height: 6; width: 1fr; padding: 0 2; max-width: 104; }
    GaugePane Column { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._looks: Sequence[tuple[float, Device]] = ()

    def compose(self) -> ComposeResult:
        """Names, bars, figures, curves."""
        for _ in range(4):
            yield Column()

    def show(self, looks: Sequence[tuple[float, Device]]) -> None:
        """Show a device as it stands after another look."""
        self._looks = looks
        if not looks or not self.size:
            return
        width, height = self.size
        sheet, ends = draw(looks, width, height), cuts(width)
        for column, (begin, end) in zip(self.query(Column), ends, strict=True):
            column.styles.width = end - begin
            rows = [row[begin:end] for row in sheet.rows]
            column.show(Sheet(rows, [row[begin:end] for row in sheet.roles]))

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.show(self._looks)
