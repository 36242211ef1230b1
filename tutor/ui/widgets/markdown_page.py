"""A page of markdown that was put together while the program runs."""

from typing import ClassVar

from textual import getters
from textual.binding import Binding
from textual.containers import VerticalScroll

from tutor.ui.app import TutorApp
from tutor.ui.widgets.prose import Prose

WIDEST = 88
"""More columns than that no eye follows along a line."""


class MarkdownPage(VerticalScroll, inherit_bindings=False):
    """One page, filled anew by `show`; it scrolls up and down by keys, left and right are free."""

    BINDINGS: ClassVar = [
        Binding("up", "scroll_up", "Line up", id="page.up", show=False),
        Binding("down", "scroll_down", "Line down", id="page.down", show=False),
        Binding("pageup", "page_up", "Page up", id="page.page-up", show=False),
        Binding("pagedown,space", "page_down", "Page down", id="page.page-down", show=False),
        Binding("home", "scroll_home", "To the top", id="page.top", show=False),
        Binding("end", "scroll_end", "To the end", id="page.end", show=False),
    ]
    app = getters.app(TutorApp)
    DEFAULT_CSS = f"""
    MarkdownPage {{ padding: 1 2; scrollbar-gutter: stable; }}
    MarkdownPage Prose {{ max-width: {WIDEST}; }}
    """

    @property
    def columns(self) -> int:
        """Columns of a fence in it."""
        return max(1, min(WIDEST, self.scrollable_content_region.width) - 2)

    async def show(self, text: str) -> None:
        """Show a text, from its beginning."""
        blocks = self.app.tutor.markdown(text)
        async with self.batch():
            await self.remove_children()
            await self.mount(Prose(blocks, ascii=self.app.ascii_only))
        self.scroll_home(animate=False)
        self.focus()
