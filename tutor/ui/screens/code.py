"""Code to write: the learner's own file at one side, what the checks say at the other."""

import os
import shlex
import subprocess

from textual import getters, on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import TextArea

from tutor.core.errors import TutorError
from tutor.core.lesson import Code
from tutor.core.text import visible
from tutor.ui.app import TutorApp
from tutor.ui.screens.confirm import ConfirmScreen
from tutor.ui.widgets.bars import number
from tutor.ui.widgets.file_editor import FileEditor
from tutor.ui.widgets.key_line import KeyLine
from tutor.ui.widgets.report import ReportPane, check_lines
from tutor.ui.widgets.top_line import TopLine


class CodeScreen(Screen[None]):
    """A code exercise. The file is yours: edit it here or in your own editor, then check it."""

    app = getters.app(TutorApp)
    CSS_PATH = "code.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("ctrl+s,f5", "check", "Check", id="code.check", key_display="^s", priority=True),
        Binding("f1", "hint", "Hint", id="code.hint"),
        Binding("ctrl+o", "editor", "Editor", id="code.editor", tooltip="Open in $EDITOR"),
        Binding("f2", "solution", "Solution", id="code.solution"),
        # Where there is more; else it selects a line in the editor.
        Binding(
            "f6",
            "more",
            "More",
            id="code.more",
            tooltip="What the report says below",
            priority=True,
        ),
        Binding("f8", "reset", "Reset", id="code.reset", show=False, tooltip="Back to the starter"),
        Binding("f9", "copy_path", "Copy the path", id="code.path", show=False),
        # The editor would take Esc for itself.
        Binding("escape", "leave", "Back", id="code.back", key_display="esc", priority=True),
    ]

    def __init__(self, code: Code) -> None:
        super().__init__(classes="code-desk")
        self._code = code

    def compose(self) -> ComposeResult:
        """Editor and report."""
        yield TopLine(self._code.title, self.app.tutor.coding.where(self._code))
        with Horizontal(id="desk"):
            yield FileEditor(self.app.tutor.coding, self._code)
            yield ReportPane()
        yield KeyLine()

    def on_mount(self) -> None:
        """Open the learner's file, and look at it once a second for changes from outside."""
        try:
            self._editor.load_file()
        except TutorError as error:
            self.app.complain(error)
            self.dismiss()
            return
        self._editor.focus()
        self._say_before()
        self._draw_hints()
        self.set_interval(1.0, self._editor.look)
        self._warm()

    @work(exclusive=True, group="warm", exit_on_error=False)
    async def _warm(self) -> None:
        try:
            await self.app.tutor.training.warm()
        except TutorError as error:
            self.app.complain(error)

    # --- the file -----------------------------------------------------------------------------------

    @property
    def _editor(self) -> FileEditor:
        return self.query_one(FileEditor)

    def _save(self) -> bool:
        try:
            self._editor.save_file()
        except TutorError as error:
            self.app.complain(error)
            return False
        return True

    @on(FileEditor.SavedOutside)
    def _saved_outside(self) -> None:
        self.action_check()

    @on(FileEditor.BothChanged)
    def _both_changed(self) -> None:
        def decided(yes: bool | None) -> None:
            if yes:
                self._editor.load_file()
            else:
                self._editor.keep_mine()

        self.app.push_screen(
            ConfirmScreen(
                "The file changed outside, and here too.",
                "Yes takes what is on disk; no keeps what you see, and the next check saves it.",
                "Take it",
            ),
            decided,
        )

    # --- checking -----------------------------------------------------------------------------------

    def action_check(self) -> None:
        """Save and check."""
        if self._save():
            self._report.say(Content.styled("Checking ...", "$quiet"))
            self._check()

    @work(exclusive=True, group="check", exit_on_error=False)
    async def _check(self) -> None:
        try:
            report = await self.app.tutor.coding.check(self._code)
        except TutorError as error:
            self._report.say(Content.styled(str(error), "$error"))
            return
        self._report.say(Content("\n").join(check_lines(report)))

    @property
    def _report(self) -> ReportPane:
        return self.query_one(ReportPane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The report is paged where it has more than fits."""
        return action != "more" or self._report.show_vertical_scrollbar

    def action_more(self) -> None:
        """Page the report."""
        self._report.more()

    def _say_before(self) -> None:
        record = self.app.tutor.progress.blocks.get(self._code.id)
        points = number(self._code.points)
        words = f"{points} points. Write, then check with ctrl+s."
        if record and record.attempts:
            words = f"Best so far: {number(record.best or 0)} of {points} points."
        self._report.say(Content.styled(words, "$quiet"))

    # --- help ---------------------------------------------------------------------------------------

    def _draw_hints(self) -> None:
        hints = self.app.tutor.coding.hints(self._code)
        lines = [
            Content.assemble((f"Hint {i} of {len(self._code.hints)}: ", "bold $accent"), hint)
            for i, hint in enumerate(map(self.app.tutor.plain, hints), 1)
        ]
        self._report.hint(Content("\n").join(lines))

    def action_hint(self) -> None:
        """Open the next hint; it is recorded and takes no points."""
        if self.app.tutor.coding.hint(self._code) is None:
            self.app.say("There is no further hint.")
        self._draw_hints()
        self._report.scroll_end(animate=False)

    def action_solution(self) -> None:
        """Show the solution, after a pass or an explicit give-up."""
        try:
            self._show_solution()
        except TutorError:

            def decided(yes: bool | None) -> None:
                if yes:
                    self.app.tutor.coding.give_up(self._code)
                    self._show_solution()

            self.app.push_screen(
                ConfirmScreen(
                    "Give up on this exercise?",
                    "You will see the solution. It can earn nothing more; "
                    "what it has earned stays, and so does your file.",
                    "Give up",
                ),
                decided,
            )

    def _show_solution(self) -> None:
        text = self.app.tutor.coding.solution(self._code)
        head = Content.styled("A solution\n", "bold $secondary")
        self._report.say(head + Content(visible(text)))

    def action_reset(self) -> None:
        """Start again from the starter, after asking; the file is kept beside it."""

        def decided(yes: bool | None) -> None:
            if yes:
                self._save()
                backup = self.app.tutor.coding.reset(self._code)
                self._editor.load_file()
                self.app.say(f"Your file is kept as {visible(backup.name)}.")

        self.app.push_screen(
            ConfirmScreen("Start again from the starter?", "Your file is kept beside it.", "Reset"),
            decided,
        )

    def action_copy_path(self) -> None:
        """Copy the path of the learner's file (OSC 52)."""
        self.app.copy_to_clipboard(str(self.app.tutor.coding.path(self._code)))
        self.app.say("The path is in your clipboard.")

    def action_editor(self) -> None:
        """Open the file in $EDITOR, then check what came of it."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not editor:
            self.app.say("No editor is named.", hint="Set EDITOR, for example to nano or vim.")
            return
        if not self._save():
            return
        command = [*shlex.split(editor), str(self.app.tutor.coding.path(self._code))]
        try:
            with self.app.suspend():
                subprocess.run(command, check=False)
        except SuspendNotSupported:
            self.app.say("This terminal cannot be handed to another program.")
            return
        except OSError as error:
            self.app.say(f"{visible(command[0])} could not be started: {error.strerror}.", bad=True)
            return
        self._editor.load_file()
        self.action_check()

    @on(TextArea.Changed)
    def _typed(self) -> None:
        mark = "unsaved · " if self._editor.unsaved else ""
        self.query_one(TopLine).put(right=mark + self.app.tutor.coding.where(self._code))

    def action_leave(self) -> None:
        """Save and go back."""
        if self._save():
            self.dismiss()
