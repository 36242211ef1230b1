"""A list to choose from whose Enter says in the footer what it does."""

from textual.binding import Binding
from textual.widgets import OptionList

WIDEST = 100


class Chooser(OptionList):
    """An option list without frame; its options are set to `line_width` columns."""

    DEFAULT_CSS = """
    Chooser {
        background: $background;
        border: none;
        padding: 1 2;
        scrollbar-gutter: stable;
    }
    Chooser:focus { border: none; background-tint: $foreground 0%; }
    Chooser > .option-list--option-disabled { color: $foreground; }
    Chooser > .option-list--option-highlighted {
        background: $block-cursor-background;
        color: $foreground;
        text-style: none;
    }
    Chooser:focus > .option-list--option-highlighted {
        background: $block-cursor-background;
        color: $foreground;
        text-style: none;
    }
    """
    BINDINGS = [Binding("enter", "select", "Open", id="chooser.open", key_display="enter")]

    @property
    def line_width(self) -> int:
        """Columns of an option: what the list leaves it, but no more than an eye follows along a line."""
        return min(WIDEST, max(30, self.content_size.width - 2))
