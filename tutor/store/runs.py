"""Run folders: made, described, listed."""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path
from typing import TypeVar

import msgspec

from tutor.core.errors import TutorError
from tutor.core.protocol import AnyRequest, CheckRequest, Request, decode_request, encode
from tutor.store.paths import Places

LEARNER = "learner.py"
"""In the folder of a check: the learner's file as it was checked."""
R = TypeVar("R", Request, CheckRequest)


def new_run_folder(places: Places, exercise: str) -> Path:
    """Make a folder for a run; its name sorts by time and is unique.

    Raises:
        TutorError: If it cannot be made.
    """
    # Milliseconds, so that two runs of one second sort by their time too.
    now = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"{int(now * 1000) % 1000:03d}"
    start = f"{stamp}-{re.sub(r'[^a-z0-9]+', '-', exercise.lower())}"
    try:
        places.runs.mkdir(parents=True, exist_ok=True)
        while True:
            folder = places.runs / f"{start}-{secrets.token_hex(2)}"
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        raise TutorError(
            f"A run needs a folder, and none could be made: {error.strerror}.",
            "Make room, or set DLWALK_HOME to a folder you may write to.",
        ) from error


def write_request(folder: Path, request: R) -> R:
    """Write `request.json`, whole or not at all; returns the request with the run's id in it.

    Raises:
        TutorError: If it cannot be written.
    """
    request = msgspec.structs.replace(request, run=folder.name)
    beside = folder / ".request.json"
    try:
        with beside.open("wb") as file:
            file.write(encode(request))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / "request.json")
    except OSError as error:
        raise TutorError(
            f"The run could not be written down: {error.strerror}.", "Make room and try again."
        ) from error
    return request


def read_request(folder: Path) -> AnyRequest | None:
    """What a run was asked to do; None for a folder that holds no run."""
    try:
        return decode_request((folder / "request.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


FOLLOWED = "followed"
"""In the folder of a run that broke off: the run that took its place, or nothing if it was let be."""


def note_followed(folder: Path, by: str) -> None:
    """Write down that a run which broke off needs no offer any more."""
    with contextlib.suppress(OSError):
        (folder / FOLLOWED).write_text(by)


def followed(folder: Path) -> bool:
    """Whether a run that broke off was repeated, taken up again or let be."""
    return (folder / FOLLOWED).exists()


def run_folders(places: Places) -> list[Path]:
    """Every run folder, newest first; what is no run is left out."""
    try:
        folders = [path for path in places.runs.iterdir() if (path / "request.json").is_file()]
    except OSError:
        return []
    return sorted(folders, key=lambda path: path.name, reverse=True)
