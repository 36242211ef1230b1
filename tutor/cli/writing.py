"""Writing what a command has to give: to a file, to standard output, as JSON."""

import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import json

from tutor.cli.app import err
from tutor.core.errors import TutorError
from tutor.core.text import visible

Json = Annotated[bool, typer.Option("--json", help="Data as JSON.")]


Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="A file to write; else standard output.")
]


def print_json(data: Any) -> None:
    """Data on stdout, readable and stable."""
    sys.stdout.write(json.format(json.encode(data), indent=2).decode() + "\n")


def text_columns() -> int:
    """Columns that running text is set in here."""
    return min(88, shutil.get_terminal_size((80, 24)).columns)


def free(file: Path, *, force: bool | None = None) -> None:
    """Raise TutorError where a file is there already; asked before what takes long.

    Args:
        file: The file to be written.
        force: Whether it may be overwritten; None where the command has no such option.
    """
    if file.exists() and not force:
        way = "it is not overwritten." if force is None else "--force overwrites it."
        raise TutorError(f"{visible(str(file))} is there already.", f"Choose another name; {way}")


def write_out(
    data: str | bytes, file: Path | None, *, force: bool | None = None, quiet: bool = False
) -> None:
    """Write to a file that is not there yet, or to standard output.

    Args:
        data: Text, or bytes, which need a file.
        file: Where to.
        force: Whether a file that is there is overwritten; None where there is no such option.
        quiet: Whether nothing is said of it.

    Raises:
        TutorError: If the file is there already, or cannot be written.
    """
    if file is None:
        assert isinstance(data, str), "only text goes to standard output"
        sys.stdout.write(data)
        return
    raw = data.encode() if isinstance(data, str) else data
    try:
        free(file, force=force)
        with file.open("wb" if force else "xb") as opened:
            opened.write(raw)
    except OSError as error:
        raise TutorError(f"{visible(str(file))} cannot be written: {error.strerror}.") from error
    if not quiet:
        err.print(f"Written: {visible(str(file))}")
