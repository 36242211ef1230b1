"""What the words of the course mean."""

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tutor.core.glossary import Term, matching
from tutor.core.lesson import Lesson
from tutor.session.glossary import place_of, shelves
from tutor.ui.app import TutorApp
from tutor.ui.widgets.chooser import Chooser
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.prose import Prose
from tutor.ui.widgets.top_line import TopLine

NAME = 24
"""Columns of a term, where its explanation begins beside it."""


class GlossaryScreen(Screen[None]):
    """Type to find a word; Enter goes to the place that explains it."""

    app = getters.app(TutorApp)
    CSS_PATH = "glossary.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    # The field has the focus and keys of its own for these: ours come first.
    BINDINGS = [
        Binding("enter", "go", "Go where it is explained", key_display="enter", priority=True),
        Binding("up", "move('cursor_up')", "Choose", key_display="↑↓", priority=True),
        Binding("down", "move('cursor_down')", "Next word", show=False, priority=True),
        Binding("pageup", "move('page_up')", "Page up", show=False, priority=True),
        Binding("pagedown", "move('page_down')", "Page down", show=False, priority=True),
        Binding("escape", "dismiss(None)", "Back", id="glossary.back", key_display="esc"),
    ]

    def __init__(self, lesson: Lesson | None = None) -> None:
        """Show a course's terms.

        Args:
            lesson: The lesson whose terms come first.
        """
        super().__init__()
        self._lesson = lesson
        self._terms: dict[str, Term] = {}

    def compose(self) -> ComposeResult:
        """The field, the terms, and what the term under the cursor means."""
        yield TopLine("Glossary")
        yield Input(placeholder="Find a word", id="wanted")
        with Container(id="desk"):
            terms = Chooser(id="terms", markup=False)
            terms.can_focus = False  # the field has the keys; up and down reach the list from there
            yield terms
            with VerticalScroll(id="explained", can_focus=False):
                yield Prose((), ascii=self.app.ascii_only)
        yield KeyLine()

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        """Set the list for the new width."""
        self.call_after_refresh(self._draw)

    @on(Input.Changed)
    def _draw(self) -> None:
        """List the terms that fit, shelf by shelf."""
        chooser = self.query_one("#terms", Chooser)
        chooser.clear_options()
        course = self.app.tutor.course
        wanted = matching(course.glossary, self.query_one(Input).value)
        self._terms = {}
        for title, terms in shelves(course, self._lesson):
            found = [term for term in terms if term in wanted]
            if found:
                gap = "\n" if self._terms else ""
                chooser.add_option(
                    Option(Content.styled(f"{gap}{title}", "bold $secondary"), disabled=True)
                )
            for term in found:
                self._terms[term.term] = term
                chooser.add_option(Option(self._line(term, chooser.line_width), id=term.term))
        if not self._terms:
            chooser.add_option(Option("No word holds that.", disabled=True))
        self.query_one(TopLine).put(right=f"{len(self._terms)} of {len(course.glossary)} words")
        chooser.highlighted = 1 if self._terms else None
        self._explain()

    def _line(self, term: Term, width: int) -> Content:
        name = Content(f"  {term.term}").truncate(NAME, ellipsis=True)
        if self.has_class("-wide"):
            return name
        text = Content.styled(self.app.tutor.plain(term.text).replace("\n", " "), "$quiet")
        pad = " " * (NAME + 2 - name.cell_length)
        return Content.assemble(name, pad, text).truncate(width, ellipsis=True)

    @property
    def _term(self) -> Term | None:
        option = self.query_one("#terms", Chooser).highlighted_option
        return self._terms.get(option.id or "") if option else None

    @on(OptionList.OptionHighlighted)
    def _explain(self) -> None:
        """Say what the term under the cursor means."""
        term = self._term
        words = ""
        if term is not None:
            also = f" (also {', '.join(term.also)})" if term.also else ""
            lesson = self.app.tutor.course.lessons[term.lesson]
            words = f"**{term.term}**{also} · *{lesson.title}*\n\n{term.text}"
        self.query_one(Prose).put(self.app.tutor.markdown(words))
        self.query_one("#explained").scroll_home(animate=False)

    # --- keys -------------------------------------------------------------------------------------

    def action_move(self, how: str) -> None:
        """Move the cursor of the list."""
        getattr(self.query_one("#terms", Chooser), f"action_{how}")()

    def action_go(self) -> None:
        """Open the lesson where it explains the term under the cursor."""
        term = self._term
        if term is not None:
            lesson, block = place_of(self.app.tutor.course, term)
            self.dismiss(None)
            self.app.open_lesson(lesson, block)
