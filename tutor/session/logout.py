"""Whether logging out of this machine would end a run that still trains, and what to do about it."""

import os
import pwd
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

Ask = Callable[[Sequence[str]], str]
FOLDERS = ("/usr/lib/systemd", "/run/systemd", "/etc/systemd")
"""Where logind's settings live; the later ones win."""
YES = {"yes", "true", "on", "1"}


class Logout(NamedTuple):
    """How a logout ends runs, and the remedy."""

    danger: str
    remedy: str


def logout_ends_runs(
    root: Path = Path("/"), user: str | None = None, ask: Ask | None = None
) -> Logout | None:
    """What a logout would do to a run of this process; None where it does nothing to it.

    systemd can end a process in two ways when its user leaves. One in the scope of the login
    session is killed where logind says `KillUserProcesses=yes`, lingering or not. One under the
    user's own manager lives as long as that does: past the last logout only with lingering.

    Args:
        root: Where `/etc` and `/proc` are; another one in tests.
        user: Whose processes; by default who runs this.
        ask: Runs a command and returns what it printed.
    """
    user = user if user is not None else _me()
    where = _read(root / "proc/self/cgroup")
    if re.search(r"/session-[^/]*\.scope", where):
        if not _kills(root, user):
            return None
        return Logout(
            "This machine ends your processes when you log out (KillUserProcesses=yes).",
            "Do once: `loginctl enable-linger`. Then start with "
            "`systemd-run --user --scope dlwalk-tutor`, or stay logged in while you train.",
        )
    if "/user@" in where and not _lingers(user, ask or _ask):
        return Logout(
            "A run started here ends with your last logout from this machine.",
            "Do once: `loginctl enable-linger`, or stay logged in while you train.",
        )
    return None


def _me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _kills(root: Path, user: str) -> bool:
    """What logind's settings say about this user; root is spared unless they name it."""
    settings = dict(_settings(root))
    only = settings.get("KillOnlyUsers", "").split()
    spared = settings.get("KillExcludeUsers", "root").split()
    kills = settings.get("KillUserProcesses", "no").lower() in YES
    return kills and user not in spared and (not only or user in only)


def _settings(root: Path) -> Iterable[tuple[str, str]]:
    homes = [root / folder.lstrip("/") for folder in FOLDERS]
    main = [text for home in homes if (text := _read(home / "logind.conf"))][-1:]
    # A drop-in of a later folder replaces the one of the same name in an earlier one.
    drops = {path.name: path for home in homes for path in home.glob("logind.conf.d/*.conf")}
    for text in (*main, *(_read(drops[name]) for name in sorted(drops))):
        for line in text.splitlines():
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith(("#", ";")):
                yield name.strip(), value.strip()


def _lingers(user: str, ask: Ask) -> bool:
    """Whether the user's processes may outlive the last logout; a doubt is no warning."""
    try:
        told = ask(("loginctl", "show-user", user, "-p", "Linger"))
    except (OSError, subprocess.SubprocessError):
        return True
    return told.strip() != "Linger=no"


def _ask(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    return done.stdout


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
