"""The one line at the bottom of every screen: the keys that act here."""

from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget


class KeyLine(Widget):
    """What each key does, in one row; a click does it too, and `?` tells what has no room.

    Textual's own footer takes its widgets down and mounts new ones whenever a key comes or goes:
    for a moment it is empty, and there are two dozen widgets to lay out.
    """

    COMPONENT_CLASSES = {"key-line--key"}
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        background: $footer-background;
        color: $footer-description-foreground;
    }
    KeyLine > .key-line--key { color: $footer-key-foreground; text-style: bold; }
    """

    def on_mount(self) -> None:
        """Draw anew when the keys change."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        # A terminal that is not in front takes the focus from the widgets; their keys come back.
        if self.app.app_focus:
            self.refresh()

    def render(self) -> Content:
        """As many keys as fit, the way out and the one for help always among them: the last two."""
        width = self.size.width
        shown: dict[str, Content] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in shown:
                shown[binding.action] = self._item(binding, enabled)
        items = list(shown.values())
        while len(items) > 2 and sum(item.cell_length for item in items) > width:
            del items[-3]
        return Content("").join(items)

    def _item(self, binding: Binding, enabled: bool) -> Content:
        key = self.app.get_key_display(binding)
        item = Content.assemble(
            " ", (f"{key} ", self.get_visual_style("key-line--key", partial=True)),
            binding.description, " ",
        )  # fmt: skip
        if not enabled:
            return item.stylize("dim")
        return item.stylize(Style.from_meta({"key": binding.key}))

    def on_click(self, event: Click) -> None:
        """Do what the key that was clicked does."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)
