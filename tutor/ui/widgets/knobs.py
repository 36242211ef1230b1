"""The knobs of a run: a line each, turned by arrows or typed."""

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tutor.core.errors import TutorError
from tutor.core.knobs import turned_fixed, validate
from tutor.core.lesson import Run, Scalar
from tutor.core.steps import notch, shown

TYPABLE = frozenset("0123456789.e+-")


class KnobList(Widget, can_focus=True):
    """Arrows up and down choose a knob, left and right turn it, digits type a value."""

    DEFAULT_CSS = """
    KnobList { height: auto; width: 1fr; }
    """
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Knob above", id="knobs.up", show=False),
        Binding("down,j", "move(1)", "Knob below", id="knobs.down", show=False),
        Binding("left,h", "turn(-1)", "Turn down", id="knobs.less", show=False),
        Binding("right,l", "turn(1)", "Turn", id="knobs.more", key_display="←→"),
        Binding("backspace", "erase", "Erase", id="knobs.erase", show=False),
        Binding("d", "default", "Default", id="knobs.default", show=False),
    ]

    class Turned(Message):
        """A knob has another value now."""

        def __init__(self, knob: str, value: Scalar) -> None:
            super().__init__()
            self.knob = knob
            self.value = value

    class Complaint(Message):
        """A typed value is out of range."""

        def __init__(self, error: TutorError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, run: Run, values: Mapping[str, Scalar], *, locked: bool = False) -> None:
        super().__init__()
        self._run = run
        self.values: dict[str, Scalar] = dict(values)
        self.locked = locked
        self._names = list(run.knobs)
        self._cursor = 0
        self._typed = ""
        self._training = False

    @property
    def training(self) -> bool:
        """Whether a run trains: then it is said which knobs reach it."""
        return self._training

    @training.setter
    def training(self, yes: bool) -> None:
        if yes != self._training:
            self._training = yes
            self.refresh(layout=True)

    # --- drawing --------------------------------------------------------------------------------

    def render(self) -> RenderResult:
        """A line a knob; under them what the chosen one does."""
        if not self._names:
            return Content.styled("This run has no knobs.", "$quiet")
        width = max(16, self.content_size.width)
        lines = [self._line(index, name, width) for index, name in enumerate(self._names)]
        if self.locked:
            lines.append(Content.styled("Locked: this is the run you bet on.", "$warning"))
        else:
            name = self._names[self._cursor]
            about = Content.styled(self._about(name), "$quiet").wrap(width)
            # Room for the longest: moving from knob to knob then moves nothing else.
            most = max(len(Content(self._about(each)).wrap(width)) for each in self._names)
            lines += [*about, *[Content("")] * (most - len(about))]
            if name in turned_fixed(self._run, self.values):
                lines += Content.styled(
                    "Turned away from its fixed value: practice, not graded.", "$warning"
                ).wrap(width)
        return Content("\n").join(lines)

    def _line(self, index: int, name: str, width: int) -> Content:
        knob = self._run.knobs[name]
        here = index == self._cursor
        value = self._typed + "_" if here and self._typed else shown(self.values[name])
        label = knob.label or name.replace("_", " ")
        if here and self.has_focus and not self.locked and not self._typed:
            # The arrows make room for the name, which says more.
            looks = (f"‹ {value} ›", f"‹{value}›", value)
            value = next((look for look in looks if len(label) + len(look) + 3 <= width), value)
        room = max(4, width - len(value) - 3)
        head = Content(label).truncate(room, ellipsis=True)
        changed = self.values[name] != knob.default
        return Content.assemble(
            ("› " if here and self.has_focus else "  ", "$accent"),
            head.stylize("bold" if here and self.has_focus else ""),
            " " * max(1, width - 2 - head.cell_length - len(value)),
            (value, "$accent bold" if changed else "$foreground"),
        )

    def _about(self, name: str) -> str:
        knob = self._run.knobs[name]
        if knob.choices:
            allowed = ", ".join(shown(choice) for choice in knob.choices)
        elif knob.range:
            allowed = f"{knob.range[0]:g} to {knob.range[1]:g}"
        else:
            allowed = "on or off" if isinstance(knob.default, bool) else ""
        about = f"{knob.help} ({allowed})" if knob.help and allowed else knob.help or allowed
        if not self._training:
            return about
        return f"{'Live.' if knob.live else 'For the next run.'} {about}".strip()

    # --- turning --------------------------------------------------------------------------------

    def put(self, values: Mapping[str, Scalar]) -> None:
        """Set every knob."""
        self.values = dict(values)
        self.refresh(layout=True)

    def action_move(self, way: int) -> None:
        """To the next knob."""
        self.commit()
        if self._names:
            self._cursor = (self._cursor + way) % len(self._names)
            practice = bool(turned_fixed(self._run, self.values))
            self.refresh(layout=practice)

    def action_turn(self, way: int) -> None:
        """Turn the chosen knob by a notch."""
        self.commit()
        if self._names and not self.locked:
            name = self._names[self._cursor]
            self._set(name, notch(self._run.knobs[name], self.values[name], way))

    def action_default(self) -> None:
        """Back to the default."""
        if self._names and not self.locked:
            name = self._names[self._cursor]
            self._set(name, self._run.knobs[name].default)

    def action_erase(self) -> None:
        """Take back the last digit."""
        self._typed = self._typed[:-1]
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Digits begin to type a value; Enter or another key that moves takes it."""
        if self.locked or not self._names:
            return
        name = self._names[self._cursor]
        numeric = isinstance(self.values[name], int | float) and not isinstance(
            self.values[name], bool
        )
        character = event.character or ""
        starts = character.isdecimal() or (character in "-." and character != "")
        if numeric and (starts or (self._typed and character in TYPABLE and character)):
            self._typed += character
            self.refresh()
            event.stop()
            event.prevent_default()
        elif self._typed and event.key in ("enter", "tab"):
            self.commit()
            event.stop()
            event.prevent_default()
        elif self._typed and event.key == "escape":
            self._typed = ""
            self.refresh()
            event.stop()
            event.prevent_default()

    def commit(self) -> bool:
        """Take what was typed; False where it is out of range."""
        typed, self._typed = self._typed, ""
        if not typed:
            return True
        name = self._names[self._cursor]
        try:
            self._set(name, validate(self._run, {name: typed})[name])
        except TutorError as error:
            self.refresh()
            self.post_message(self.Complaint(error))
            return False
        return True

    def _set(self, name: str, value: Scalar) -> None:
        practice = bool(turned_fixed(self._run, self.values))
        self.values[name] = value
        # Rows come and go only with the warning; anything else is one widget's repaint.
        self.refresh(layout=practice != bool(turned_fixed(self._run, self.values)))
        self.post_message(self.Turned(name, value))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Take what was typed and hide the cursor."""
        self.commit()
        self.refresh()
