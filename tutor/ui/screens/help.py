"""The keys of the screen one came from, and of everywhere."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine

_NAMES = {"question_mark": "?", "slash": "/", "escape": "esc", "left_square_bracket": "["}


class HelpScreen(Screen[None]):
    """A page of keys. It is read off the bindings themselves, so it cannot be out of date."""

    CSS_PATH = "help.tcss"
    BINDINGS = [Binding("escape,question_mark,q", "app.pop_screen", "Back", id="help.back")]

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """This screen's keys, then those of everywhere."""
        yield TopLine("Help", "esc back")
        with VerticalScroll(id="page"):
            doc = (type(self._about).__doc__ or "").strip().split("\n")[0]
            yield Static(Content.styled(doc, "$quiet"))
            focused = self._about.focused
            for title, source in (
                ("Where the cursor is", focused),
                ("On this screen", self._about),
                ("Everywhere", self.app),
            ):
                lines = key_lines(getattr(source, "BINDINGS", ())) if source is not None else []
                if lines:
                    yield Static(Content.styled(f"\n{title}", "bold $secondary"))
                    yield Static(Content("\n").join(lines))
            yield Static(
                Content.styled(
                    "\nctrl+p lists every command by its name. On a slow link start with "
                    "--slow-link; without braille in your font with --glyphs block.",
                    "$quiet",
                )
            )
        yield KeyLine()

    def on_mount(self) -> None:
        """The page scrolls by keys."""
        self.query_one("#page").focus()


def key_lines(bindings: object) -> list[Content]:
    """A line for each binding: its keys, then what they do."""
    lines = []
    for binding in bindings if isinstance(bindings, list | tuple) else ():
        if not isinstance(binding, Binding) or not binding.description:
            continue
        keys = binding.key_display or " ".join(
            _NAMES.get(key.strip(), key.strip()) for key in binding.key.split(",")
        )
        text = binding.tooltip or binding.description
        lines.append(Content.assemble((f"  {keys:<14}", "bold $accent"), text))
    return lines
