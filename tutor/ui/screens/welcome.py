"""The first start: one screen, then straight into a lesson or a live run."""

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Input, RadioButton, RadioSet, Static

from tutor.core.lesson import Run
from tutor.core.text import visible
from tutor.ui.app import TutorApp
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine

GLYPHS = (("braille", "⠄⠄⠄"), ("block", "▁▃▅▇"), ("ascii", ".:*#"))


class WelcomeScreen(Screen[None]):
    """Who you are, what this machine has, where your code will live, and which dots you see."""

    app = getters.app(TutorApp)
    CSS_PATH = "welcome.tcss"
    BINDINGS = [
        Binding("ctrl+s", "begin", "First lesson", id="welcome.begin", priority=True),
        Binding("ctrl+r", "run", "60-second run", id="welcome.run", priority=True),
        Binding("escape", "home", "Home", id="welcome.home", key_display="esc"),
    ]

    def compose(self) -> ComposeResult:
        """Everything on one page of 80 by 24."""
        yield TopLine("Welcome", self.app.tutor.course.title)
        with VerticalScroll(id="page"):
            yield Static(
                "Read a little, bet on what will happen, train a real network, see. "
                "Nothing is locked, nothing leaves this machine.",
                markup=False,
            )
            with Horizontal(classes="row"):
                yield Static("Your name", classes="label")
                yield Input(placeholder="optional; for your own reports", id="name", compact=True)
            with Horizontal(classes="row"):
                yield Static("Trains on", classes="label")
                yield Static("looking for devices ...", id="device", markup=False)
            with Horizontal(classes="row"):
                yield Static("Your code", classes="label")
                yield Static(visible(str(self.app.tutor.places.code)), id="code", markup=False)
            with Horizontal(classes="row"):
                yield Static("Dots", classes="label")
                yield Static("Which is the first line that you see clearly?", markup=False)
            with RadioSet(id="glyphs", compact=True):
                for name, sample in GLYPHS:
                    label = Content.assemble((f"{sample:<6}", "bold"), f"  {_says(name)}")
                    yield RadioButton(label, value=name == "braille", name=name)
            with Horizontal(id="ways"):
                yield Button("Begin with the first lesson", id="begin", variant="primary")
                yield Button("Show me a 60-second run", id="run")
        yield KeyLine()

    def on_mount(self) -> None:
        """One Enter from the first lesson."""
        self.query_one("#begin").focus()
        self._find_devices()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _find_devices(self) -> None:
        names = ", then ".join(device.name for device in self.app.tutor.devices.look().devices)
        self.app.call_from_thread(self.query_one("#device", Static).update, names)

    def _keep(self) -> None:
        tutor = self.app.tutor
        tutor.introduce(self.query_one("#name", Input).value)
        chosen = self.query_one("#glyphs", RadioSet).pressed_button
        tutor.set_setting("glyphs", chosen.name if chosen and chosen.name else "braille")
        tutor.set_setting("welcomed", "1")

    @on(Button.Pressed, "#begin")
    def action_begin(self) -> None:
        """Keep what was said and open the first lesson."""
        self._keep()
        self.dismiss()
        place = self.app.tutor.resume()
        self.app.open_lesson(place.lesson, place.block)

    @on(Button.Pressed, "#run")
    def action_run(self) -> None:
        """Keep what was said and open the first run of the course in the lab."""
        from tutor.ui.screens.lab import LabScreen

        self._keep()
        self.dismiss()
        for lesson in self.app.tutor.course.lessons.values():
            for block in lesson.blocks:
                if isinstance(block.body, Run):
                    self.app.push_screen(LabScreen(block.body))
                    return
        self.app.say("This course has nothing to run.")

    def action_home(self) -> None:
        """Keep what was said and go to the map."""
        self._keep()
        self.dismiss()


def _says(name: str) -> str:
    return {
        "braille": "three dots: the finest plots",
        "block": "rising blocks",
        "ascii": "plain letters, for old consoles",
    }[name]
