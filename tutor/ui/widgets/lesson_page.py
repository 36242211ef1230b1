"""A lesson's page: its prose and cards in one scroll, and where in them one is."""

from functools import partial

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widget import Widget

from tutor.core.lesson import Lesson, Prose
from tutor.ui.app import TutorApp
from tutor.ui.widgets.card import Card
from tutor.ui.widgets.ending import Ending
from tutor.ui.widgets.prose import Prose as ProseView


class LessonPage(VerticalScroll, inherit_bindings=False):
    """Prose and cards as siblings, then what comes next. A place in it is the index of a block."""

    app = getters.app(TutorApp)
    DEFAULT_CSS = """
    LessonPage { padding: 1 0; background: $background; scrollbar-gutter: stable; }
    LessonPage Prose { width: 1fr; max-width: 88; margin: 0 2; }
    LessonPage Ending { margin: 1 2; color: $quiet; }
    """

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(id="page", can_focus=False)
        self._lesson = lesson

    def compose(self) -> ComposeResult:
        """A widget a block."""
        tutor = self.app.tutor
        figures = partial(tutor.figure, self._lesson)
        for index, block in enumerate(self._lesson.blocks):
            if isinstance(block.body, Prose):
                yield ProseView(block.body.blocks, figures=figures, ascii=self.app.ascii_only)
            else:
                yield Card(tutor, block.body, index)
        yield Ending(tutor, self._lesson)

    def redraw(self) -> None:
        """Draw the cards and the end anew: something may have been earned meanwhile."""
        for card in self.query(Card):
            card.redraw()
        self.ending.redraw()

    @property
    def ending(self) -> Ending:
        """The line at its end."""
        return self.query_one(Ending)

    @property
    def _blocks(self) -> list[Widget]:
        return [child for child in self.children if not isinstance(child, Ending)]

    # --- where one is -------------------------------------------------------------------------------

    @property
    def here(self) -> int:
        """Index of the focused card, else of the block at the top of the page."""
        if isinstance(self.screen.focused, Card):
            return self.screen.focused.index
        for index, child in enumerate(self._blocks):
            if child.virtual_region.bottom > self.scroll_offset.y:
                return index
        return max(0, len(self._lesson.blocks) - 1)

    @property
    def at_end(self) -> bool:
        """Whether there is nothing below."""
        return self.scroll_offset.y >= self.max_scroll_y

    def line(self, way: int) -> None:
        """Scroll by a line."""
        # At once: the next key may count from here.
        self.scroll_relative(y=way, animate=False, immediate=True)
        self._let_go()

    def end(self, which: int) -> None:
        """Scroll to the top (0) or to the end (1)."""
        self.scroll_to(y=self.max_scroll_y if which else 0, animate=False, immediate=True)
        self._let_go()

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    def _rolled(self) -> None:
        self.call_after_refresh(self._let_go)

    def _let_go(self) -> None:
        """Leave a card that was scrolled out of view: Enter would open what nobody sees."""
        card, top = self.screen.focused, self.scroll_target_y
        if isinstance(card, Card):
            place = card.virtual_region
            if place.bottom <= top or place.y >= top + self.size.height:
                self.screen.set_focus(None)

    def go_to(self, index: int) -> None:
        """Scroll to a block; a card gets the focus."""
        blocks = self._blocks
        if 0 < index < len(blocks):
            self.scroll_to_widget(blocks[index], animate=False, top=True, force=True)
            if isinstance(blocks[index], Card):
                self.screen.set_focus(blocks[index], scroll_visible=False)

    def card_in_view(self) -> Card | None:
        """The first card that stands whole, or with its top, on the screen."""
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.size.height
        for card in self.query(Card):
            if top <= card.virtual_region.y < bottom - 2:
                return card
        return None

    # --- moving -------------------------------------------------------------------------------------

    def go_to_card(self, way: int) -> None:
        """Focus the next card (1), or the one before (-1)."""
        cards, here = list(self.query(Card)), self.here
        wanted = (
            [card for card in cards if card.index > here]
            if way > 0
            else [card for card in reversed(cards) if card.index < here]
        )
        if wanted:
            # At once: `focus()` waits a turn, and a second press would find the same card.
            self.screen.set_focus(wanted[0], scroll_visible=False)
            self.scroll_to_widget(wanted[0], animate=False)

    def turn(self, way: int) -> None:
        """Turn the page; two lines stay for the eye."""
        self.screen.set_focus(None)
        self.scroll_relative(y=way * max(1, self.size.height - 2), animate=False)
