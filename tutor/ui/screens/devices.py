"""The devices of this machine: how busy they are, whose processes they bear, and the choice."""

from threading import Lock
from time import monotonic

import msgspec
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import OptionList, Static

from tutor.core.device import Survey
from tutor.core.gauges import History
from tutor.session.devices import remarks
from tutor.ui.app import TutorApp
from tutor.ui.widgets.device_line import DeviceLine
from tutor.ui.widgets.device_list import DeviceList
from tutor.ui.widgets.gauge_pane import GaugePane
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine

LOOK_SECONDS = 1.0
LIST_SECONDS = 10.0
"""The list is drawn anew so often where only figures have changed: the gauges follow at once."""
TALL = 20
"""Rows from which on there is room for the gauges."""


class DevicesScreen(Screen[None]):
    """What runs train on, for this session; auto leaves it to the exercise and the machine."""

    app = getters.app(TutorApp)
    CSS_PATH = "devices.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]
    BINDINGS = [
        Binding("escape", "app.pop_screen", "Back", id="devices.back", key_display="esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._seen: Survey | None = None
        self._said: str | None = None
        self._history = History()
        self._looking = Lock()
        self._drawn: tuple[float, Survey] | None = None

    def compose(self) -> ComposeResult:
        """The choices, what the chosen one does, and what to know about them."""
        yield TopLine("Device")
        yield DeviceList()
        yield GaugePane()
        yield Static("looking for devices ...", id="remarks", classes="quiet", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what was seen last, then look every second."""
        self.query_one(DeviceList).focus()
        last = self.app.tutor.devices.last
        if last is not None:
            self.show(last)
        self._look()
        self.set_interval(LOOK_SECONDS, self._look)

    def on_unmount(self) -> None:
        """Let go of the drivers."""
        self.app.tutor.devices.rest()

    def on_resize(self) -> None:
        """Set the rows for the new width."""
        if self._seen is not None:
            self._draw(self._seen)

    @work(thread=True, group="devices", exit_on_error=False)
    def _look(self) -> None:
        # A driver may take longer than that: looks must not queue up behind it.
        if self._looking.acquire(blocking=False):
            try:
                seen = self.app.tutor.devices.watch()
            finally:
                self._looking.release()
            self.app.call_from_thread(self.show, seen)

    def show(self, seen: Survey) -> None:
        """Show what a look at the machine saw; the same as before sends nothing."""
        now = monotonic()
        self._history.add(now, seen)
        self._seen = seen
        if self._outdated(now, seen):
            self._draw(seen)
        self._gauge()

    def _outdated(self, now: float, seen: Survey) -> bool:
        """Whether the list is to follow: at once where others came or went, else after a while."""
        if self._drawn is None:
            return True
        when, drawn = self._drawn
        if _who(seen) != _who(drawn):
            return True
        return now - when >= LIST_SECONDS and seen.gpus != drawn.gpus

    def _draw(self, seen: Survey) -> None:
        self._drawn = monotonic(), seen
        self.query_one(DeviceList).show(seen, self.app.options.device)
        words = "\n".join(remarks(seen))
        if words != self._said:
            self._said = words
            self.query_one("#remarks", Static).update(words)

    @on(OptionList.OptionHighlighted)
    def _gauge(self) -> None:
        """What the device under the cursor does; for `auto` that is the proposed one."""
        place = self.query_one(DeviceList).highlighted_option
        if place is None or self._seen is None:
            return
        name = self._seen.proposed.id if place.id == "auto" else place.id
        self.query_one(GaugePane).show(self._history.of(name or ""))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        # For this session: another machine has other devices.
        chosen = event.option.id or "auto"
        self.app.options = msgspec.structs.replace(self.app.options, device=chosen)
        self.app.pop_screen()
        for screen in self.app.screen_stack:
            for line in screen.query(DeviceLine):
                line.show()


def _who(seen: Survey) -> tuple[object, ...]:
    """What must be seen at once: which devices there are, and whose processes they bear."""
    owners = {each.id: [process.pid for process in each.processes or ()] for each in seen.devices}
    return owners, seen.trouble
