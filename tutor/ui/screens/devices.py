"""The devices of this machine: how busy they are, whose processes they bear, and the choice."""

from threading import Lock
from time import monotonic

import msgspec
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from tutor.core.device import GIB, Device, Process, Survey
from tutor.core.gauges import History
from tutor.session.devices import remarks
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import score_bar
from tutor.ui.widgets.chooser import Chooser
from tutor.ui.widgets.device_line import DeviceLine
from tutor.ui.widgets.gauge_pane import GaugePane
from tutor.ui.widgets.top_line import TopLine

LOOK_SECONDS = 1.0
LIST_SECONDS = 10.0
"""The list is drawn anew so often where only figures have changed: the gauges follow at once."""
MIB = 2**20
NARROW = 66
"""Below so many columns the figures stand under the name."""
TALL = 20
"""Rows from which on there is room for the gauges."""
ROOMY = 84
"""From so many columns on there is room for what it draws."""


class DeviceChooser(Chooser):
    """The devices, one above the other."""

    BINDINGS = [Binding("enter", "select", "Use it", id="devices.use", key_display="enter")]


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
        self._history = History()
        self._looking = Lock()
        self._drawn: tuple[float, Survey] | None = None

    def compose(self) -> ComposeResult:
        """The choices, what the chosen one does, and what to know about them."""
        yield TopLine("Device")
        yield DeviceChooser(id="devices", markup=False)
        yield GaugePane()
        yield Static("looking for devices ...", id="remarks", classes="quiet", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show what was seen last, then look every second."""
        self.query_one("#devices").focus()
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
        """Whether the list has to be drawn anew: all of it is sent then."""
        if self._drawn is None:
            return True
        when, drawn = self._drawn
        if _who_and_what(seen) != _who_and_what(drawn):
            return True
        return now - when >= LIST_SECONDS and seen.gpus != drawn.gpus

    def _draw(self, seen: Survey) -> None:
        self._drawn = monotonic(), seen
        chooser = self.query_one("#devices", Chooser)
        place = chooser.highlighted_option
        current = self.app.options.device
        kept = place.id if place is not None else current
        width = chooser.line_width
        # In the machine's order: rows that changed places under the cursor would mislead a hand.
        in_order = sorted(seen.devices, key=_place)
        rows = [
            ("auto", _auto(current, width)),
            *((device.id, _row(device, seen, current, width)) for device in in_order),
        ]
        chooser.clear_options()
        chooser.add_options(Option(row, id=name) for name, row in rows)
        names = [name for name, _ in rows]
        chooser.highlighted = names.index(kept) if kept in names else 0
        self.query_one("#remarks", Static).update("\n".join(remarks(seen)))

    @on(OptionList.OptionHighlighted)
    def _gauge(self) -> None:
        """What the device under the cursor does; for `auto` that is the proposed one."""
        place = self.query_one("#devices", Chooser).highlighted_option
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


def _who_and_what(seen: Survey) -> tuple[object, ...]:
    """What must be seen at once: which devices there are, which is proposed, whose they are."""
    owners = [(each.id, [process.pid for process in each.processes or ()]) for each in seen.devices]
    return owners, seen.proposed.id, seen.trouble


def _place(device: Device) -> tuple[bool, int, str]:
    return device.kind == "cpu", device.index or 0, device.id


# --- rows -------------------------------------------------------------------------------------------


def _auto(current: str, width: int) -> Content:
    words = Content.styled("  as each exercise says: the CPU, or the proposed GPU", "$quiet")
    return _lines(width, _head("auto", current == "auto"), words)


def _row(device: Device, seen: Survey, current: str, width: int) -> Content:
    """A device in two lines, in three where there is little room."""
    name = device.name if device.index is None else f"{device.index}  {device.name}"
    head = _head(name, device.id == current)
    if device.kind == "cpu":
        return _lines(width, head)
    proposed = "proposed  " if device.id == seen.proposed.id else ""
    who = Content.assemble(
        "  ", (proposed, "$success"), (f"{_short_id(device.id)}  {_who(device)}", "$quiet")
    )
    if width < NARROW:
        return _lines(
            width, head, Content("  ") + _figures(device, bar=5, free=13, watts=False), who
        )
    figures = _figures(device, bar=10, free=19, watts=width >= ROOMY)
    head = head.truncate(max(1, width - figures.cell_length - 1), ellipsis=True)
    gap = " " * (width - head.cell_length - figures.cell_length)
    return _lines(width, Content.assemble(head, gap, figures), who)


def _head(name: str, chosen: bool) -> Content:
    return Content.assemble(("● " if chosen else "  ", "$accent"), (name, "bold"))


def _figures(device: Device, *, bar: int, free: int, watts: bool) -> Content:
    """Memory, utilisation and temperature in columns; what is not known leaves its place empty."""
    cells, words = Content(" " * bar), ""
    total, left = device.memory_total, device.memory_free
    if total is not None and left is not None:
        cells = score_bar(total - left, total, bar)
        words = f" {left / GIB:.0f} of {total / GIB:.0f} GiB free"
    columns = [(device.utilisation, "%", 6), (device.temperature, "°C", 7)]
    if watts:
        columns.append((device.power, "W", 7))
    rest = "".join(
        ("" if value is None else f"{value} {unit}").rjust(room) for value, unit, room in columns
    )
    return Content.assemble(cells, f"{words[:free]:<{free}}", rest)


def _short_id(name: str) -> str:
    kind, _, rest = name.partition("-")
    return f"{kind}-{rest[:8]}" if rest else name


def _who(device: Device) -> str:
    """Whose processes compute on it, and how many MiB each holds."""
    if device.processes is None:
        return "whose processes it bears is not reported" if device.kind == "cuda" else ""
    if not device.processes:
        return "nobody computes on it"
    return " · ".join(_process(each) for each in device.processes)


def _process(process: Process) -> str:
    user = "you" if process.mine else process.user or "somebody"
    memory = "" if process.memory is None else f" {process.memory // MIB} MiB"
    return f"{user}{memory} (pid {process.pid})"


def _lines(width: int, *lines: Content) -> Content:
    return Content("\n").join([line.truncate(width, ellipsis=True) for line in lines])
