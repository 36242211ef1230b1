"""`control.jsonl`, the run's end: commands as they come in."""

from pathlib import Path

import msgspec

from tutor.core.protocol import Command, decode_command


class Inbox:
    """Reads commands that were appended since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def look(self) -> list[Command]:
        """New commands, in order. A line that is none is passed over; half a line waits."""
        try:
            # Opened anew each time: on NFS that is what makes another machine's line appear.
            with self._path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        commands = []
        for line in whole.splitlines():
            try:
                commands.append(decode_command(line))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
        return commands
