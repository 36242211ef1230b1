"""Which knobs a sweep tries, at which values, and where the others stand."""

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tutor.core.errors import TutorError
from tutor.core.knobs import check
from tutor.core.lesson import Run, Scalar
from tutor.core.steps import notch, shown
from tutor.core.sweep import Plan, Space, make_plan, metric_of, proposed, read_space, spread, whole

TYPABLE = frozenset("0123456789.e+-:, ")
SEEDS, METRIC, LANES = "(seeds)", "(metric)", "(at a time)"
LABELS = {SEEDS: "runs of each value", METRIC: "judged by the last", LANES: "at a time"}
MOST_SEEDS = 9


class SweepChoice(Widget, can_focus=True):
    """Up and down choose a line, space sweeps a knob or not, left and right turn, digits type."""

    DEFAULT_CSS = """
    SweepChoice { height: auto; width: 1fr; }
    """
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Line above", id="sweep-choice.up", show=False),
        Binding("down,j", "move(1)", "Line below", id="sweep-choice.down", show=False),
        Binding("space", "choose", "Choose", id="sweep-choice.toggle", key_display="space"),
        Binding("left,h", "turn(-1)", "Fewer", id="sweep-choice.less", show=False),
        Binding("right,l", "turn(1)", "Turn", id="sweep-choice.more", key_display="←→"),
        Binding("backspace", "erase", "Erase", id="sweep-choice.erase", show=False),
    ]

    class Changed(Message):
        """Something else would be tried."""

    class Complaint(Message):
        """What was asked for is not allowed."""

        def __init__(self, error: TutorError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, run: Run, base: Mapping[str, Scalar]) -> None:
        """The knobs of an exercise.

        Args:
            run: The exercise.
            base: Where each knob stands that is not swept.
        """
        super().__init__()
        self._run = run
        self._base = dict(base)
        first = proposed(run)
        space = whole(run, first) if first else None
        self.swept: dict[str, Space] = {first: space} if space else {}
        self._metrics = list(dict.fromkeys(name for plot in run.plot for name in plot.series))
        self._metric = metric_of(run)
        self._seeds = 1
        self.at_a_time = 1
        self._typed = ""
        self._rows = [*run.knobs, SEEDS, LANES, METRIC]
        self._cursor = self._rows.index(first) if first else 0

    def plan(self) -> Plan:
        """What is chosen. Raises TutorError where it is nothing, or too much."""
        return make_plan(
            self._run,
            [self.swept[name] for name in self._run.knobs if name in self.swept],
            set_to={name: value for name, value in self._base.items() if name not in self.swept},
            seeds=self._seeds,
            metric=self._metric,
        )

    # --- drawing ------------------------------------------------------------------------------------

    def render(self) -> RenderResult:
        """A line for each knob and each way to run; then the values that are tried."""
        width = min(72, max(24, self.content_size.width))
        lines = [self._line(i, name, width) for i, name in enumerate(self._rows)]
        lines.insert(len(self._run.knobs), Content(""))
        for name, space in self.swept.items():
            values = "  ".join(shown(value) for value in space.values)
            text = Content.assemble((f"{self._label(name)}  ", "$quiet"), values)
            lines += [Content(""), *text.wrap(width)]
        return Content("\n").join(lines)

    def _label(self, name: str) -> str:
        if name in LABELS:
            return LABELS[name]
        return self._run.knobs[name].label or name.replace("_", " ")

    def _line(self, index: int, name: str, width: int) -> Content:
        here = index == self._cursor and self.has_focus
        value = f"{self._typed}_" if here and self._typed else self._value(name)
        if here and not self._typed:
            value = f"‹ {value} ›"
        box = "    " if name in LABELS else "[x] " if name in self.swept else "[ ] "
        head = Content(self._label(name)).truncate(max(4, width - len(value) - 8), ellipsis=True)
        gap = " " * max(1, width - 6 - head.cell_length - len(value))
        return Content.assemble(
            ("› " if here else "  ", "$accent"),
            (box, "$accent bold" if name in self.swept else "$quiet"),
            head.stylize("bold" if here else ""),
            gap,
            (value, "$accent bold" if name in self.swept else "$foreground"),
        )

    def _value(self, name: str) -> str:
        if name in self.swept:
            count = len(self.swept[name].values)
            return f"{count} values" if count != 1 else "1 value"
        if name in LABELS:
            return {SEEDS: str(self._seeds), LANES: str(self.at_a_time), METRIC: self._metric}[name]
        return shown(self._base[name])

    # --- choosing -----------------------------------------------------------------------------------

    @property
    def _here(self) -> str:
        return self._rows[self._cursor]

    def action_move(self, way: int) -> None:
        """To the next line."""
        self.commit()
        self._cursor = (self._cursor + way) % len(self._rows)
        self.refresh()

    def action_choose(self) -> None:
        """Sweep this knob, or let it stand where it does."""
        self.commit()
        name = self._here
        if name in LABELS:
            return
        if name in self.swept:
            del self.swept[name]
        else:
            space = whole(self._run, name)
            self.swept[name] = space or Space(name, (self._base[name],))
        self._changed()

    def action_turn(self, way: int) -> None:
        """More or fewer values; or the knob itself, where it is not swept."""
        self.commit()
        name = self._here
        if name == SEEDS:
            self._seeds = min(MOST_SEEDS, max(1, self._seeds + way))
        elif name == LANES:
            self.at_a_time = max(1, self.at_a_time + way)
        elif name == METRIC:
            at = self._metrics.index(self._metric)
            self._metric = self._metrics[(at + way) % len(self._metrics)]
        elif name in self.swept:
            self._spread(name, way)
        else:
            self._base[name] = notch(self._run.knobs[name], self._base[name], way)
        self._changed()

    def _spread(self, name: str, way: int) -> None:
        """So many values more between the same ends."""
        space, knob = self.swept[name], self._run.knobs[name]
        numbers = [v for v in space.values if not isinstance(v, str | bool)]
        if knob.choices or len(numbers) < max(2, 2 - way):
            return
        try:
            self.swept[name] = spread(
                name, knob, min(numbers), max(numbers), max(2, len(numbers) + way)
            )
        except TutorError as error:
            self.post_message(self.Complaint(error))

    def _changed(self) -> None:
        self.refresh(layout=True)
        self.post_message(self.Changed())

    # --- typing -------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Digits begin to type; Enter, or a key that moves, takes it."""
        character = event.character or ""
        typing = bool(self._typed)
        starts = character.isdecimal() or character in ("-", ".")
        if self._here not in LABELS and (starts or (typing and character in TYPABLE and character)):
            self._typed += character
            self.refresh()
        elif typing and event.key in ("enter", "tab"):
            self.commit()
        elif typing and event.key == "escape":
            self._typed = ""
            self.refresh()
        else:
            return
        event.stop()
        event.prevent_default()

    def action_erase(self) -> None:
        """Take back the last character."""
        self._typed = self._typed[:-1]
        self.refresh()

    def commit(self) -> bool:
        """Take what was typed; False where it is not allowed."""
        typed, self._typed = self._typed.strip(), ""
        if not typed:
            return True
        name = self._here
        try:
            if name in self.swept or "," in typed or ":" in typed:
                self.swept[name] = read_space(self._run, f"{name}={typed}")
            else:
                self._base[name] = check(name, self._run.knobs[name], typed)
        except TutorError as error:
            self.refresh()
            self.post_message(self.Complaint(error))
            return False
        self._changed()
        return True
