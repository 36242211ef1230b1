"""A look at the machine: every finding with a verdict, and a remedy where one is needed."""

import importlib.metadata
import importlib.util
import locale
import os
import platform
import shutil
import socket
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

import tutor
from tutor.core.device import Device
from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.runner.devices import survey
from tutor.session.devices import remarks
from tutor.session.logout import logout_ends_runs
from tutor.store.paths import places

Level = Literal["ok", "warning", "error"]


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    found: str
    level: Level = "ok"
    remedy: str = ""


def usable_terminal(environment: Mapping[str, str] = os.environ) -> None:
    """Raise TutorError unless a full-screen program can live here.

    Textual reads the original stdin and draws on the original stderr, so these two are what counts.
    """
    headless = "`dlwalk-tutor lessons` and `dlwalk-tutor --help` work without one."
    for stream, name in ((sys.__stdin__, "input"), (sys.__stderr__, "output")):
        if stream is None or not stream.isatty():
            raise TutorError(f"The tutor needs a terminal, and its {name} is not one.", headless)
    if environment.get("TERM", "") in ("dumb", "unknown", ""):
        raise TutorError(
            f"The terminal says it can only print lines (TERM={environment.get('TERM', '')}).",
            f"Use another terminal, or set TERM to what it is; {headless}",
        )
    assert sys.__stderr__ is not None
    if "utf" not in (sys.__stderr__.encoding or "").lower():
        raise TutorError(
            f"The terminal's output is encoded as {sys.__stderr__.encoding}, not UTF-8.",
            "Set LC_ALL=C.UTF-8 and unset PYTHONIOENCODING, then start again.",
        )


def examine(environment: Mapping[str, str] = os.environ) -> list[Finding]:
    """Everything `dlwalk-tutor doctor` reports."""
    return [
        _python(),
        _torch(),
        *_devices(),
        _terminal(environment),
        _colours(environment),
        _glyphs(environment),
        _size(),
        *_paths(),
        _imports(),
        _logout(),
    ]


def _python() -> Finding:
    found = f"Python {platform.python_version()}, dlwalk-tutor {tutor.__version__}"
    return Finding("program", found)


def _torch() -> Finding:
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "torch", "not installed", "error", "Install it into this environment: pip install torch"
        )
    return Finding("torch", f"torch {version}")


def _devices() -> list[Finding]:
    seen = survey()
    findings = [Finding("device", _device(device)) for device in seen.devices]
    if seen.trouble:
        remedy = "`nvidia-smi` should say more; until it works, runs use the CPU."
        findings.append(Finding("device", remarks(seen)[0], "warning", remedy))
    elif seen.gpus and seen.build == "cpu":
        remedy = "Install the build for your GPU: https://pytorch.org/get-started"
        findings.append(Finding("device", remarks(seen)[0], "warning", remedy))
    return findings


def _device(device: Device) -> str:
    others = "others compute on it" if device.others else ""
    words = (f"{device.id}: {device.name}", device.memory, others)
    return ", ".join(word for word in words if word)


def _terminal(environment: Mapping[str, str]) -> Finding:
    term = visible(environment.get("TERM", "")) or "not set"
    try:
        usable_terminal(environment)
    except TutorError as error:
        return Finding("terminal", f"TERM={term}: {error.title}", "warning", error.hint)
    inside = " in tmux" if environment.get("TMUX") else ""
    return Finding("terminal", f"TERM={term}{inside}")


def _colours(environment: Mapping[str, str]) -> Finding:
    if "NO_COLOR" in environment:
        return Finding("colours", "none, as NO_COLOR asks; marks and words carry the meaning")
    if environment.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Finding("colours", "16 million")
    if "256" in environment.get("TERM", ""):
        return Finding(
            "colours",
            "256",
            "ok",
            "For more set COLORTERM=truecolor, where your terminal has them.",
        )
    return Finding("colours", "16", "warning", "Set TERM=xterm-256color, if your terminal is one.")


def _glyphs(environment: Mapping[str, str]) -> Finding:
    encoding = (sys.__stdout__.encoding if sys.__stdout__ else "") or locale.getencoding()
    if "utf" not in encoding.lower():
        return Finding("glyphs", f"{encoding}, not UTF-8", "error", "Set LC_ALL=C.UTF-8.")
    if environment.get("TERM") == "linux":
        return Finding(
            "glyphs", "the Linux console has no braille", "warning", "Start with --glyphs block."
        )
    return Finding("glyphs", "UTF-8; these should be three dots: ⠄⠄⠄  and a hill: ⣀⣤⣶⣿⣶⣤⣀")


def _size() -> Finding:
    columns, rows = shutil.get_terminal_size()
    if columns < 80 or rows < 24:
        return Finding("size", f"{columns} by {rows}", "warning", "80 by 24 and more reads better.")
    return Finding("size", f"{columns} by {rows}")


def _paths() -> list[Finding]:
    where = places()
    return [
        _folder("progress", where.data),
        _folder("your code", where.code),
        Finding("database", f"SQLite {sqlite3.sqlite_version}"),
    ]


def _folder(what: str, path: Path) -> Finding:
    standing = next(each for each in (path, *path.parents) if each.exists())
    shown = visible(str(path))
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        return Finding(what, f"{shown} cannot be written", "error", "Set DLWALK_HOME elsewhere.")
    free = shutil.disk_usage(standing).free / 1e9
    if free < 1:
        return Finding(what, f"{shown}, {free:.1f} GB free", "warning", "Make some room.")
    return Finding(what, f"{shown}, {free:.0f} GB free")


def _imports() -> Finding:
    """Another project of the same import name would shadow ours."""
    home = Path(tutor.__file__).parent.parent
    spec = importlib.util.find_spec("models")
    origin = Path(spec.origin).parent.parent if spec and spec.origin else None
    if origin is not None and origin.resolve() == home.resolve():
        return Finding("imports", "`tutor` and `models` are this program's own")
    return Finding(
        "imports",
        f"`models` comes from {visible(str(origin))}",
        "error",
        "Install dlwalk-tutor into an environment of its own.",
    )


def _logout() -> Finding:
    """Whether logging out would end a run that still trains."""
    host = visible(socket.gethostname())
    found = logout_ends_runs()
    if found is None:
        return Finding("logout", f"runs on {host} outlive your session")
    return Finding("logout", f"{host}: {found.danger}", "warning", found.remedy)
