"""The devices to choose from, with what each is worth knowing for the choice."""

from typing import Self

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Region
from textual.widgets.option_list import Option

from tutor.core.device import GIB, Device, Process, Survey
from tutor.ui.widgets.bars import score_bar
from tutor.ui.widgets.chooser import Chooser

MIB = 2**20
NARROW = 66
"""Below so many columns the figures stand under the name."""
ROOMY = 84
"""From so many columns on there is room for what it draws."""
Row = tuple[str, list[Content]]


class DeviceList(Chooser):
    """The devices, one above the other; of new figures only those lines are sent that differ."""

    BINDINGS = [Binding("enter", "select", "Use it", id="devices.use", key_display="enter")]

    def __init__(self) -> None:
        super().__init__(id="devices", markup=False)
        self._rows: list[Row] = []
        self._only: list[Region] | None = None

    def show(self, seen: Survey, current: str) -> None:
        """Show the devices.

        Args:
            seen: What a look at the machine saw.
            current: What is chosen; there the cursor stands at first.
        """
        width = self.line_width
        # In the machine's order: rows that changed places under the cursor would mislead a hand.
        in_order = sorted(seen.devices, key=_place)
        rows = [("auto", _auto(current, width))]
        rows += [(device.id, _row(device, seen, current, width)) for device in in_order]
        old, self._rows = self._rows, rows
        if [(name, len(lines)) for name, lines in old] == [
            (name, len(lines)) for name, lines in rows
        ]:
            y = -self.scroll_offset.y
            for index, ((_, was), (_, now)) in enumerate(zip(old, rows, strict=True)):
                if was != now:
                    pairs = enumerate(zip(was, now, strict=True), y)
                    self._put(index, now, [at for at, (before, after) in pairs if before != after])
                y += len(now)
            return
        place = self.highlighted_option
        kept = place.id if place is not None else current
        self.clear_options()
        self.add_options(Option(Content("\n").join(lines), id=name) for name, lines in rows)
        names = [name for name, _ in rows]
        self.highlighted = names.index(kept) if kept in names else 0

    def _put(self, index: int, lines: list[Content], differ: list[int]) -> None:
        width, height = self.size
        self._only = [Region(0, y, width, 1) for y in differ if 0 <= y < height]
        self.replace_option_prompt_at_index(index, Content("\n").join(lines))
        self._only = None

    def refresh(self, *regions: Region, **how: bool) -> Self:
        """Paint again; while a prompt is replaced, only what differs in it."""
        if self._only is None:
            return super().refresh(*regions, **how)
        return super().refresh(*self._only, **how) if self._only else self


def _place(device: Device) -> tuple[bool, int, str]:
    return device.kind == "cpu", device.index or 0, device.id


# --- rows -------------------------------------------------------------------------------------------


def _auto(current: str, width: int) -> list[Content]:
    words = Content.styled("  as each exercise says: the CPU, or the proposed GPU", "$quiet")
    return _lines(width, _head("auto", current == "auto"), words)


def _row(device: Device, seen: Survey, current: str, width: int) -> list[Content]:
    """A device in two lines, in three where there is little room."""
    name = device.name if device.index is None else f"{device.index}  {device.name}"
    head = _head(name, device.id == current)
    if device.kind == "cpu":
        return _lines(width, head)
    proposed = "proposed  " if device.id == seen.proposed.id else ""
    who = Content.assemble(
        "  ", (proposed, "$success"), (f"{_short_id(device.id)}  {_owners(device)}", "$quiet")
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


def _owners(device: Device) -> str:
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


def _lines(width: int, *lines: Content) -> list[Content]:
    return [line.truncate(width, ellipsis=True) for line in lines]
