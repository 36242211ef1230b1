"""The lines at the foot of Home: what trains, and what broke off and can be taken up."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from tutor.session.recovering import BrokenOff

NARROW = 66
"""Below so many columns there is no room for the whole offer."""


class Waits(Static):
    """One line for the runs that train, one more where runs broke off; neither ever wraps."""

    def __init__(self) -> None:
        super().__init__(id="waits", markup=False)

    def show(self, training: int, broken: Sequence[BrokenOff], title: str, due: int) -> None:
        """Say what waits.

        Args:
            training: How many runs train now.
            broken: Those that broke off and were not dismissed, newest first.
            title: Of the exercise of the first of them.
            due: How many questions memory needs now.
        """
        lines = [_training(training) + _due(due)]
        if broken:
            lines.append(_broken(broken, title, max(20, self.content_size.width)))
        self.update(Content("\n").join(lines))

    def waiting(self, stage: str, seconds: float) -> None:
        """A run is being started, and that takes its time."""
        clock = f", {seconds:.0f} s" if seconds >= 1 else ""
        self.update(Content.styled(f"{stage}{clock} ...", "$quiet"), layout=False)


def _training(count: int) -> Content:
    if not count:
        return Content.styled("Nothing is training.", "$quiet")
    verb = "1 run is" if count == 1 else f"{count} runs are"
    return Content.assemble(
        ("● ", "$success"), f"{verb} still training. Press ", ("w", "bold"), " to watch."
    )


def _due(count: int) -> Content:
    if not count:
        return Content("")
    return Content.assemble("  ", (f"{count} to review", "bold"), ": ", ("v", "bold"))


def _broken(broken: Sequence[BrokenOff], title: str, width: int) -> Content:
    first, count = broken[0], len(broken)
    mark = ("! ", "$warning")
    if count > 1 or width < NARROW:
        runs, them = ("1 run", "takes it up.") if count == 1 else (f"{count} runs", "lists them.")
        return Content.assemble(mark, f"{runs} broke off. ", ("g", "bold"), f" {them}")
    if first.resumable:
        where, way = f" broke off at {first.step}; ", f" goes on from {first.checkpoint}, "
    else:
        where, way = f" broke off at step {first.step}; ", " runs it again, "
    tail = Content.assemble(where, ("g", "bold"), way, ("x", "bold"), " forgets it.")
    # The keys must stay in sight; the title gives way.
    room = max(0, width - 2 - tail.cell_length)
    return Content.assemble(mark, Content(title).truncate(room, ellipsis=True), tail)
