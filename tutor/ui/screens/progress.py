"""What was done and earned, lesson by lesson."""

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tutor.core.standing import BlockStanding
from tutor.session.report import LessonRow, progress_table
from tutor.ui.app import TutorApp
from tutor.ui.widgets.bars import number, score_bar
from tutor.ui.widgets.chooser import Chooser
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.top_line import TopLine


class ProgressScreen(Screen[None]):
    """Points, first and best, of every lesson; Enter opens the lesson."""

    app = getters.app(TutorApp)
    CSS_PATH = "progress.tcss"
    BINDINGS = [
        Binding("escape", "app.pop_screen", "Back", id="progress.back", key_display="esc"),
    ]

    def compose(self) -> ComposeResult:
        """The lessons above, the blocks of the highlighted one below."""
        yield TopLine("Progress")
        yield Chooser(id="lessons", markup=False)
        yield Static(id="detail", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Draw once the width is known."""
        self._draw()
        self.query_one("#lessons").focus()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self._draw()

    def _draw(self) -> None:
        rows = progress_table(self.app.tutor)
        chooser = self.query_one("#lessons", Chooser)
        kept = chooser.highlighted or 0
        chooser.clear_options()
        width = chooser.line_width
        chooser.add_options(Option(_lesson_line(row, width), id=row.lesson) for row in rows)
        if rows:
            chooser.highlighted = min(kept, len(rows) - 1)
        earned, most = sum(row.points for row in rows), sum(row.maximum for row in rows)
        passed = sum(row.passed for row in rows)
        self.query_one(TopLine).put(
            right=f"{passed} of {len(rows)} lessons · {number(earned)} of {number(most)} points"
        )

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the blocks of the lesson under the cursor."""
        if event.option.id is None:
            return
        lesson = self.app.tutor.lesson(event.option.id)
        standing = self.app.tutor.standing(lesson)
        lines = [
            _block_line(self.app.tutor.title(block.body), standing.blocks[block.id])
            for block in lesson.blocks
            if block.id in standing.blocks
        ]
        left = max(0.0, standing.needed - standing.points)
        state = "passed" if standing.passed else f"{number(left)} points to a pass"
        head = Content.assemble((lesson.title, "bold"), (f"   {state}", "$quiet"))
        self.query_one("#detail", Static).update(Content("\n").join([head, *lines]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the lesson under the cursor."""
        if event.option.id:
            self.app.open_lesson(self.app.tutor.lesson(event.option.id))


def _lesson_line(row: LessonRow, width: int) -> Content:
    mark = "✓" if row.passed else "◐" if row.begun else "○"
    tail = Content.assemble(
        (f"first {number(row.first):>4}  best {number(row.points):>4}  ", "$quiet"),
        score_bar(row.points, row.maximum, 10 if width >= 60 else 4),
        (f" of {number(row.maximum):>3}", "$quiet"),
    )
    room = max(8, width - tail.cell_length - 1)
    head = Content(f"{mark} {row.title}").truncate(room, ellipsis=True)
    return Content.assemble(head, " " * max(1, width - head.cell_length - tail.cell_length), tail)


def _block_line(title: str, block: BlockStanding) -> Content:
    mark = (
        ("✓", "$success")
        if block.passed
        else ("✗", "$error")
        if block.attempts
        else ("○", "$ghost")
    )
    tries = f"{block.attempts} tries" if block.attempts != 1 else "1 try"
    detail = f"{number(block.earned)} of {number(block.maximum)}" if block.maximum else "not graded"
    words = f"  {detail}" + (f", {tries}" if block.attempts else "")
    gave_up = ", given up" if block.given_up else ""
    name = Content(title.split("\n")[0]).truncate(48, ellipsis=True).pad_right(0)
    pad = " " * max(1, 50 - name.cell_length)
    return Content.assemble("  ", mark, " ", name, pad, (words + gave_up, "$quiet"))
