"""The command in this process."""

import pytest

from tutor.cli.app import app
from tutor.core.errors import TutorError


@pytest.fixture
def shell(course, home, tmp_path, monkeypatch, capsys):
    """The command on a copy of the small course, in a folder of its own.

    Returns exit code, output, and what was said beside it, as `main` would.
    """
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = app(["--course", str(course), *words], standalone_mode=False)
        except TutorError as error:
            told = capsys.readouterr()
            return 2, told.out, f"{told.err}{error}"
        return code or 0, *capsys.readouterr()

    return call
