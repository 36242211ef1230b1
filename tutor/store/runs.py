"""Run folders: made, described, listed."""

import contextlib
import os
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from tutor.core.errors import TutorError
from tutor.core.protocol import AnyRequest, CheckRequest, Request, decode_request, encode
from tutor.core.text import visible
from tutor.store.paths import Places

LEARNER = "learner.py"
"""In the folder of a check, or of a run that trains with it: the learner's file as it was then."""
R = TypeVar("R", Request, CheckRequest)
T = TypeVar("T")


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


def keep_learner(folder: Path, file: Path) -> Path:
    """Copy the learner's file into the new folder of a run; returns the copy.

    Raises:
        TutorError: If it cannot be read, or not be kept; the folder is gone then, as nothing ran in it.
    """
    try:
        return Path(shutil.copyfile(file, folder / LEARNER))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TutorError(
            f"Your file {visible(file.name)} cannot be taken into the run: {error.strerror}.",
            f"It is in {visible(str(file.parent))}.",
        ) from error


def write_request(folder: Path, request: R) -> R:
    """Write `request.json`, whole or not at all; returns the request with the run's id in it.

    Raises:
        TutorError: If it cannot be written.
    """
    request = msgspec.structs.replace(request, run=folder.name)
    write_beside(folder, "request.json", request)
    return request


def _bytes(folder: Path, name: str) -> bytes:
    """A small file of a run. Raises OSError if it cannot be read."""
    # Of a thousand runs the joining of paths takes longer than the reading.
    with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123
        return file.read()


def read_request(folder: Path) -> AnyRequest | None:
    """What a run was asked to do; None for a folder that holds no run."""
    try:
        return decode_request(_bytes(folder, "request.json"))
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
        # As text, like all that is read of a thousand runs; see `_bytes`.
        kept = os.path.isfile
        folders = [path for path in places.runs.iterdir() if kept(f"{path}/request.json")]
    except OSError:
        return []
    return sorted(folders, key=lambda path: path.name, reverse=True)


# --- what is kept beside a run ------------------------------------------------------------------------

SUMMARY, ABOUT = "summary.json", "about.json"
"""How a run ended, so that a list of hundreds reads no records; and what the learner wrote of it."""
TRASH_SECONDS = 7 * 86_400.0
"""How long a deleted run can be taken back."""


def read_beside(folder: Path, name: str, kind: type[T]) -> T | None:
    """A small file beside a run; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(_bytes(folder, name), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def write_beside(folder: Path, name: str, value: Struct, *, lasting: bool = True) -> None:
    """Write a small file beside a run, whole or not at all.

    Args:
        folder: The run's folder.
        name: The file's.
        value: What it holds.
        lasting: Whether to wait until the disk has it; not for what can be worked out again.

    Raises:
        TutorError: If it cannot be written.
    """
    beside = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        with beside.open("wb") as file:
            file.write(encode(value))
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(folder / name)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise TutorError(
            f"The run could not be written down: {error.strerror}.", "Make room and try again."
        ) from error


def trash(places: Places, run: str) -> None:
    """Put a run's folder where it can be taken back from; what lay there for a week goes.

    Raises:
        TutorError: If it cannot be moved.
    """
    there = places.data / "trash"
    try:
        there.mkdir(parents=True, exist_ok=True)
        # Before it is moved: an old folder in the trash would be emptied by whoever looks next.
        os.utime(places.runs / run)
        (places.runs / run).rename(there / run)
    except OSError as error:
        raise TutorError(f"The run could not be deleted: {error.strerror}.") from error
    empty_trash(places)


def empty_trash(places: Places) -> None:
    """Delete for good what has been in the trash for longer than it can be taken back."""
    for name in trashed(places):
        folder = places.data / "trash" / name
        with contextlib.suppress(OSError):  # another tutor may be emptying it too
            if time.time() - folder.stat().st_mtime > TRASH_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def trashed(places: Places) -> list[str]:
    """Runs that can be taken back, the one deleted last first."""
    try:
        folders = [path for path in (places.data / "trash").iterdir() if path.is_dir()]
        return [path.name for path in sorted(folders, key=lambda path: -path.stat().st_mtime)]
    except OSError:
        return []


def untrash(places: Places, run: str) -> None:
    """Take a deleted run back.

    Raises:
        TutorError: If it is not there any more.
    """
    try:
        (places.data / "trash" / run).rename(places.runs / run)
    except OSError as error:
        raise TutorError(
            f"The run `{run}` cannot be taken back: {error.strerror}.",
            "Deleted runs are kept for a week.",
        ) from error
