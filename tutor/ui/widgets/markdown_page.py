"""A page of markdown that was put together while the program runs."""

from textual import getters
from textual.containers import VerticalScroll

from tutor.ui.app import TutorApp
from tutor.ui.widgets.prose import Prose


class MarkdownPage(VerticalScroll):
    """One page, filled anew by `show`; it scrolls by keys."""

    app = getters.app(TutorApp)
    DEFAULT_CSS = "MarkdownPage { padding: 1 2; } MarkdownPage Prose { max-width: 88; }"

    async def show(self, text: str) -> None:
        """Show a text, from its beginning."""
        blocks = self.app.tutor.markdown(text)
        async with self.batch():
            await self.remove_children()
            await self.mount(Prose(blocks, ascii=self.app.ascii_only))
        self.scroll_home(animate=False)
        self.focus()
