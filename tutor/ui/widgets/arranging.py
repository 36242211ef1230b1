"""Answering by arranging: an order of items, and pairs of left and right sides."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import events
from textual.app import RenderResult
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

from tutor.core.quiz import Answer
from tutor.ui.widgets.answers import Changed


class OrderList(Widget, can_focus=True):
    """Items to be put into order: the arrows move the cursor, with an item taken up they move it."""

    DEFAULT_CSS = """
    OrderList { height: auto; width: 1fr; padding: 0 1; }
    OrderList:focus { background: $surface; }
    """
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "Up", id="order.up", show=False),
        Binding("down,j", "move(1)", "Down", id="order.down", show=False),
        Binding("shift+up,K", "carry(-1)", "Item up", id="order.item-up", show=False),
        Binding("shift+down,J", "carry(1)", "Item down", id="order.item-down", show=False),
        Binding("space", "take", "Take, put", id="order.take", key_display="space"),
    ]

    def __init__(self, items: Sequence[str], draft: str = "") -> None:
        super().__init__(id="answer")
        self._items = items
        self._order = _kept(draft, len(items)) or list(range(len(items)))
        self._cursor = 0
        self._taken = False
        self._touched = bool(draft)
        self._right: Sequence[str] | None = None

    @property
    def answer(self) -> Answer | None:
        """Places in the order shown at first; None before anything was moved."""
        return tuple(self._order) if self._touched else None

    def reveal(self, right: Sequence[str]) -> None:
        """Show which items stand in their places, and where the others belong.

        Args:
            right: The items in the right order.
        """
        self._right = right
        self._taken = False
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        """A line an item, numbered; the taken one marked and drawn out."""
        width = max(10, self.content_size.width - 6)
        lines: list[Content] = []
        for place, index in enumerate(self._order):
            here = place == self._cursor and self.has_focus and self._right is None
            cursor = ("»" if self._taken else "›") if here else " "
            style = "bold" if here and self._taken else ""
            rows = Content(self._items[index]).wrap(width) or [Content("")]
            head = Content.assemble((cursor, "$accent"), (f"{place + 1:2}  ", "$quiet"))
            lines.append(head + rows[0].stylize(style))
            lines += [Content(" " * 5) + row.stylize(style) for row in rows[1:]]
            if self._right is not None:
                lines.append(Content(" " * 5) + self._verdict(place, self._items[index]))
        if self._right is None:
            words = "space puts it down" if self._taken else "space takes an item, arrows carry it"
            lines += [Content(""), Content.styled(words, "$quiet")]
        return Content("\n").join(lines)

    def _verdict(self, place: int, item: str) -> Content:
        assert self._right is not None, "asked only once the order is revealed"
        if self._right[place] == item:
            return Content.styled("✓ here", "$success")
        return Content.styled(f"✗ belongs at {self._right.index(item) + 1}", "$error")

    def action_move(self, way: int) -> None:
        """Move the cursor, or the item that is taken up."""
        if self._taken:
            self.action_carry(way)
        elif self._right is None:
            self._cursor = (self._cursor + way) % len(self._order)
            self.refresh()

    def action_carry(self, way: int) -> None:
        """Move the item under the cursor; it stops at the ends."""
        target = self._cursor + way
        if self._right is not None or not 0 <= target < len(self._order):
            return
        order = self._order
        order[self._cursor], order[target] = order[target], order[self._cursor]
        self._cursor = target
        self._keep()

    def action_take(self) -> None:
        """Take the item up, or put it down; a list left as it was is an answer too."""
        if self._right is None:
            self._taken = not self._taken
            self._keep()

    def _keep(self) -> None:
        self._touched = True
        self.post_message(Changed(msgspec.json.encode(self._order).decode()))
        self.refresh(layout=True)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()


class MatchList(Widget, can_focus=True):
    """Left sides, each to be given one of the lettered right sides by its letter or by arrows."""

    DEFAULT_CSS = """
    MatchList { height: auto; width: 1fr; padding: 0 1; }
    MatchList:focus { background: $surface; }
    """
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", "Up", id="match.up", show=False),
        Binding("down", "move(1)", "Down", id="match.down", show=False),
        Binding("right,space", "turn(1)", "Other", id="match.next", key_display="←→"),
        Binding("left", "turn(-1)", "Other", id="match.previous", show=False),
    ]

    def __init__(self, left: Sequence[str], right: Sequence[str], draft: str = "") -> None:
        """Show the pairs apart.

        Args:
            left: The left sides.
            right: The right sides in the order shown.
            draft: An answer that was begun.
        """
        super().__init__(id="answer")
        self._left, self._offers = left, right
        self._chosen = _kept_choices(draft, len(left), len(right))
        self._cursor = 0
        self._truth: Sequence[str] | None = None

    @property
    def answer(self) -> Answer | None:
        """For each left side the place of its right side; None until all have one."""
        chosen = [each for each in self._chosen if each is not None]
        return tuple(chosen) if len(chosen) == len(self._left) else None

    def reveal(self, right: Sequence[str]) -> None:
        """Show which pairs belong together.

        Args:
            right: The right side of each left side.
        """
        self._truth = right
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        """The left sides with what was chosen for them; under them the right sides by letter."""
        width = max(10, self.content_size.width - 7)
        lines: list[Content] = []
        for index, left in enumerate(self._left):
            here = index == self._cursor and self.has_focus and self._truth is None
            letter = _letter(self._chosen[index])
            head = Content.assemble(
                ("›" if here else " ", "$accent"), (f" {letter} ", "bold $accent"), "  "
            )
            rows = Content(left).wrap(width) or [Content("")]
            lines.append(head + rows[0].stylize("bold" if here else ""))
            lines += [Content(" " * 6) + row for row in rows[1:]]
            if self._truth is not None:
                lines.append(Content(" " * 6) + self._verdict(index))
        lines.append(Content(""))
        for index, right in enumerate(self._offers):
            rows = Content(right).wrap(width) or [Content("")]
            lines.append(Content.assemble(("  " + _letter(index), "bold $quiet"), "  ") + rows[0])
            lines += [Content(" " * 5) + row for row in rows[1:]]
        if self._truth is None:
            words = "a letter joins, arrows go through them"
            lines += [Content(""), Content.styled(words, "$quiet")]
        return Content("\n").join(lines)

    def _verdict(self, index: int) -> Content:
        assert self._truth is not None, "asked only once the pairs are revealed"
        chosen = self._chosen[index]
        if chosen is not None and self._offers[chosen] == self._truth[index]:
            return Content.styled("✓ right", "$success")
        letter = _letter(self._offers.index(self._truth[index]))
        return Content.styled(f"✗ belongs to {letter}", "$error")

    def action_move(self, way: int) -> None:
        """To another left side."""
        if self._truth is None:
            self._cursor = (self._cursor + way) % len(self._left)
            self.refresh()

    def action_turn(self, way: int) -> None:
        """To the next right side for this left side."""
        chosen = self._chosen[self._cursor]
        start = -1 if way > 0 else 0
        self._choose(((start if chosen is None else chosen) + way) % len(self._offers))

    def on_key(self, event: events.Key) -> None:
        """A letter joins, and goes on to the next left side."""
        letter = (event.character or "").upper()
        index = ord(letter) - ord("A") if len(letter) == 1 else -1
        if self._truth is None and 0 <= index < len(self._offers):
            self._choose(index)
            self._cursor = min(self._cursor + 1, len(self._left) - 1)
            event.stop()
            event.prevent_default()

    def _choose(self, index: int) -> None:
        if self._truth is None:
            self._chosen[self._cursor] = index
            self.post_message(Changed(msgspec.json.encode(self._chosen).decode()))
            self.refresh(layout=True)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()


def _letter(index: int | None) -> str:
    return "·" if index is None else chr(ord("A") + index)


def _kept(draft: str, count: int) -> list[int] | None:
    """An order that was begun; None where it is no order of so many items (any more)."""
    try:
        order = msgspec.json.decode(draft.encode(), type=list[int])
    except msgspec.DecodeError:
        return None
    return order if sorted(order) == list(range(count)) else None


def _kept_choices(draft: str, left: int, right: int) -> list[int | None]:
    try:
        chosen = msgspec.json.decode(draft.encode(), type=list[int | None])
    except msgspec.DecodeError:
        chosen = []
    fits = len(chosen) == left and all(each is None or 0 <= each < right for each in chosen)
    return chosen if fits else [None] * left
