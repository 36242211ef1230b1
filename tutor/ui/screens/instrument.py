"""An instrument to work with, and the goals that it can reach."""

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.core.errors import TutorError
from tutor.core.instruments.base import Instrument, Line
from tutor.core.lesson import Lab
from tutor.core.quiz import Verdict
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import number, points
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine

_STYLES = {"quiet": "$quiet", "strong": "bold", "good": "$success", "bad": "$error"}
_STYLES["accent"] = "bold $accent"
_BETWEEN = "  ·  "


class InstrumentScreen(Screen[None]):
    """Keys go to the instrument; what it shows and what was reached stands here."""

    app = getters.app(TutorApp)
    CSS_PATH = "instrument.tcss"
    BINDINGS = [
        Binding("pagedown", "page(1)", "More", id="instrument.more", key_display="pgdn"),
        Binding("pageup", "page(-1)", "Page up", id="instrument.pageup", show=False),
        Binding("escape", "dismiss(None)", "Back", id="instrument.back", key_display="esc"),
    ]

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._instrument: Instrument | None = None

    def compose(self) -> ComposeResult:
        """The instrument, its keys, the goals."""
        yield TopLine(self._lab.title)
        with VerticalScroll(id="page", can_focus=False):
            yield Static(id="view", markup=False)
        yield Static(id="keys", markup=False)
        yield Static(id="goals", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Set it up."""
        try:
            self._instrument = self.app.tutor.instruments.open(self._lab)
        except TutorError as error:
            self.query_one("#view", Static).update(Content(str(error)))
            return
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new width, once it is laid out: what is updated within a layout is lost to it."""
        if self._instrument is not None:
            self.call_after_refresh(self._draw)

    def on_key(self, event: events.Key) -> None:
        """Whatever the instrument knows is its own."""
        if self._instrument is None:
            return
        # Digits and letters by what was typed, the rest by its name.
        after = self._instrument.press(event.character or event.key)
        if after is self._instrument:
            after = self._instrument.press(event.key)
        if after is not self._instrument:
            event.stop()
            event.prevent_default()
            self._instrument = after
            self._draw()

    def _draw(self) -> None:
        instrument = self._instrument
        assert instrument is not None, "it is drawn once it is set up"
        view = self.query_one("#view", Static)
        width = max(20, self.query_one("#page").content_size.width or self.size.width - 4)
        view.update(Content("\n").join(map(_content, instrument.lines(width))))
        each = [f"{key} {what}" for key, what in instrument.keys.items()]
        keys = _packed(each, self.size.width - 4)
        self.query_one("#keys", Static).update(Content.styled(keys, "$accent"))
        verdict = self.app.tutor.instruments.operated(self._lab, instrument)
        self.query_one("#goals", Static).update(_goals(verdict))
        record = self.app.tutor.progress.blocks.get(self._lab.id)
        best = (record.best or 0.0) if record else 0.0
        if verdict.maximum:
            self.query_one(TopLine).put(right=f"{number(best)} of {points(verdict.maximum)}")
        self.call_after_refresh(self.refresh_bindings)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages are turned where there is more than fits."""
        return action != "page" or self.query_one("#page").max_scroll_y > 0

    def action_page(self, way: int) -> None:
        """Show what lies below, or above."""
        page = self.query_one("#page")
        page.scroll_relative(y=way * max(1, page.size.height - 1), animate=False)


def _packed(items: list[str], width: int) -> str:
    """Keys in rows that break between them only."""
    rows: list[str] = []
    for item in items:
        if rows and len(rows[-1]) + len(item) + len(_BETWEEN) <= width:
            rows[-1] += _BETWEEN + item
        else:
            rows.append(item)
    return "\n".join(rows)


def _content(line: Line) -> Content:
    return Content.assemble(*((text, _STYLES.get(tone, "")) for text, tone in line))


def _goals(verdict: Verdict) -> Content:
    lines = [
        Content.assemble(
            ("✓ " if part.passed else "○ ", "$success" if part.passed else "$quiet"),
            (part.why, "" if part.passed else "$quiet"),
        )
        for part in verdict.parts
    ]
    return Content("\n").join(lines)
