"""What a device does just now and did in the last minute, in as few bytes as that takes."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tutor.core.canvas import Sheet
from tutor.core.device import Device
from tutor.core.gauges import draw
from tutor.ui.widgets.loss_plot import changed, role_styles, runs


class GaugePane(Widget):
    """The gauges of one device; of a new look only those cells are sent that differ."""

    DEFAULT_CSS = """
    GaugePane { height: 7; width: 1fr; padding: 0 2; max-width: 104; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._looks: Sequence[tuple[float, Device]] = ()
        self._sheet: Sheet | None = None
        self._palette: list[Style] = []

    def show(self, looks: Sequence[tuple[float, Device]]) -> None:
        """Show a device as it stands after another look."""
        self._looks = looks
        if not looks or not self.size:
            return
        old, new = self._sheet, draw(looks, *self.size)
        self._sheet = new
        if old is None or not _fits(old, *self.size):
            self.refresh()
        elif regions := list(changed(old, new)):
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row."""
        width, height = self.size
        if not self._looks:
            return Strip.blank(width, self.rich_style)
        if self._sheet is None or not _fits(self._sheet, width, height):
            self._sheet = draw(self._looks, width, height)
        if not self._palette:
            self._palette = role_styles(self)
        segments = [Segment(text, self._palette[role]) for text, role in runs(self._sheet, y)]
        return Strip(segments, width)

    def notify_style_update(self) -> None:
        """Colours follow the theme."""
        super().notify_style_update()
        self._palette = []


def _fits(sheet: Sheet, width: int, height: int) -> bool:
    return len(sheet.rows) == height and len(sheet.rows[0]) == width
