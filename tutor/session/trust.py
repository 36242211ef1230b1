"""A course from elsewhere runs code only after the learner has said yes to that folder."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.core.errors import TutorError
from tutor.core.text import visible

if TYPE_CHECKING:
    from tutor.session.tutor import Tutor


class Trust:
    """Whether this course's code may run, remembered by the content of its code files."""

    def __init__(self, tutor: "Tutor") -> None:
        self._tutor = tutor

    @property
    def _key(self) -> str:
        return f"trust:{Path(self._tutor.course.root).resolve()}"

    def files(self) -> dict[str, str]:
        """Every file of the course that could run, by its path inside it, with its SHA-256."""
        root = Path(self._tutor.course.root)
        return {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*.py"))
            if path.is_file()
        }

    def changed(self) -> list[str]:
        """Code files that were not trusted yet or differ from what was; empty when all is well."""
        if self._tutor.built_in:
            return []
        trusted: dict[str, str] = json.loads(self._tutor.setting(self._key, "{}"))
        return [
            visible(name) for name, digest in self.files().items() if trusted.get(name) != digest
        ]

    def grant(self) -> None:
        """Say yes to the code as it stands now."""
        if not self._tutor.built_in:
            self._tutor.set_setting(self._key, json.dumps(self.files()))

    def require(self) -> None:
        """Raise TutorError unless this course's code may run."""
        changed = self.changed()
        if changed:
            some = ", ".join(changed[:3]) + (" and more" if len(changed) > 3 else "")
            raise TutorError(
                f"This course would run code that you have not said yes to: {some}.",
                "Read it, then say so with --trust. Reading its lessons needs no trust.",
            )
