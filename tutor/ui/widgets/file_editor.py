"""An editor on the learner's own file, which other editors may write too."""

from textual.message import Message
from textual.widgets import TextArea

from tutor.core.errors import TutorError
from tutor.core.lesson import Code
from tutor.core.text import visible
from tutor.session.coding import Coding


class FileEditor(TextArea):
    """Shows the file of a code exercise; saves it whole; sees what another editor saved."""

    class SavedOutside(Message):
        """Another editor saved the file, and nothing was typed here: it is loaded already."""

    class BothChanged(Message):
        """Another editor saved the file, and something was typed here too."""

    def __init__(self, coding: Coding, code: Code) -> None:
        super().__init__(tab_behavior="indent", show_line_numbers=True, id="editor")
        self._coding = coding
        self._code = code
        self._on_disk = ""
        self._changed_at = 0

    def load_file(self) -> None:
        """Show what is on disk. Raises TutorError if it cannot be read."""
        self._on_disk = self._coding.text(self._code)
        self._changed_at = self._coding.path(self._code).stat().st_mtime_ns
        self.text = visible(self._on_disk)

    @property
    def unsaved(self) -> bool:
        """Whether something was typed since the file was read or written."""
        return self.text != visible(self._on_disk)

    def save_file(self) -> None:
        """Write what was typed. Raises TutorError if it cannot be written; the text stays."""
        if self.unsaved:
            self._coding.save(self._code, self.text)
            self._on_disk = self.text
            self._changed_at = self._coding.path(self._code).stat().st_mtime_ns

    def keep_mine(self) -> None:
        """Stay with what was typed here; the next save writes it over what is on disk now."""
        self._on_disk = self._coding.text(self._code)

    def look(self) -> None:
        """See whether the file changed outside."""
        try:
            changed_at = self._coding.path(self._code).stat().st_mtime_ns
            text = self._coding.text(self._code)
        except (OSError, TutorError):
            return
        if changed_at == self._changed_at or text == self._on_disk:
            return
        self._changed_at = changed_at
        if self.unsaved:
            self.post_message(self.BothChanged())
        else:
            self.load_file()
            self.post_message(self.SavedOutside())
