"""Commands to a run, through its folder: the same way for every viewer."""

import os
import secrets
from pathlib import Path

from tutor.core.lesson import Scalar
from tutor.core.protocol import Command, Do, encode


def send(
    folder: Path,
    do: Do,
    knob: str = "",
    value: Scalar | None = None,
    sender: str = "tutor",
) -> str:
    """Append a command; returns its id, which the run's `Ack` will carry."""
    command = Command(id=secrets.token_hex(4), sender=sender, do=do, knob=knob, value=value)
    number = os.open(folder / "control.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(number, encode(command) + b"\n")
    finally:
        os.close(number)
    return command.id


def stop_asked(folder: Path) -> bool:
    """Whether somebody asked this run to stop."""
    try:
        return b'"do":"stop"' in (folder / "control.jsonl").read_bytes()
    except OSError:
        return False
