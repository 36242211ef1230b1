"""A short list of runs, to take one up or to put it out of the way."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class Offer(NamedTuple):
    """A run and what is to be said of it.

    Attributes:
        run: Its id.
        words: Its title, and where it stands.
        take: What Enter does with it.
    """

    run: str
    words: str
    take: str


class Picked(NamedTuple):
    """What is to be done with which run."""

    run: str
    do: Literal["take", "dismiss"]


class PickRunScreen(ModalScreen[Picked | None]):
    """Several runs wait: Enter takes up the one under the cursor."""

    CSS_PATH = "pick_run.tcss"
    BINDINGS = [
        Binding("x", "forget", "Forget it", id="pick-run.dismiss"),
        Binding("escape", "dismiss(None)", "Back", id="pick-run.back", key_display="esc"),
    ]

    def __init__(self, title: str, offers: Sequence[Offer], *, forgets: bool = False) -> None:
        """A list of runs.

        Args:
            title: What they have in common.
            offers: Each with its words.
            forgets: Whether a run may be dismissed.
        """
        super().__init__()
        self._title, self._offers, self._forgets = title, offers, forgets

    def compose(self) -> ComposeResult:
        """The runs, one a line, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="strong", markup=False)
            yield OptionList(
                *(Option(Content(each.words), id=each.run) for each in self._offers), markup=False
            )
            yield Static(id="ways", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """The first run under the cursor."""
        runs = self.query_one(OptionList)
        runs.highlighted = 0
        runs.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run that trains cannot be put out of the way."""
        return self._forgets if action == "forget" else True

    @on(OptionList.OptionHighlighted)
    def _say_ways(self, event: OptionList.OptionHighlighted) -> None:
        take = self._offers[event.option_index].take
        forget = " · x forget it" if self._forgets else ""
        self.query_one("#ways", Static).update(f"enter {take}{forget} · esc back")

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Picked(self._offers[event.option_index].run, "take"))

    def action_forget(self) -> None:
        """Offer the run under the cursor no more."""
        place = self.query_one(OptionList).highlighted
        if place is not None:
            self.dismiss(Picked(self._offers[place].run, "dismiss"))
