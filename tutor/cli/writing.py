"""Writing what a command has to give: to a file, to standard output, as JSON."""

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


def write_out(text: str, file: Path | None) -> None:
    """Write to a file that is not there yet, or to standard output.

    Raises:
        TutorError: If the file is there already, or cannot be written.
    """
    if file is None:
        sys.stdout.write(text)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise TutorError(
            f"{visible(str(file))} is there already.", "Choose another name; it is not overwritten."
        ) from error
    except OSError as error:
        raise TutorError(f"{visible(str(file))} cannot be written: {error.strerror}.") from error
    err.print(f"Written: {visible(str(file))}")
