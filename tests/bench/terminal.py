"""The program in a pseudo-terminal of our own: every byte it writes, and when."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping
from pathlib import Path

from emulator import Emulator

PING = b"\x1b[6n"


class Terminal:
    """A program on a pty, read as fast as it writes, or only so many bytes a second.

    It answers questions for the cursor as terminals do, once it has read them, unless told not to.
    """

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        size: tuple[int, int] = (100, 30),
        bytes_a_second: float | None = None,
        answers: bool = True,
    ) -> None:
        self.written = b""
        self.inside: Callable[[], str] | None = None
        """Reads the screen where a multiplexer draws it, in sequences of its own."""
        self._screen = Emulator(*size)
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._shown = 0
        self.times: list[tuple[float, int]] = []
        self._rate = bytes_a_second
        self._answers = answers
        self.pings = 0
        self.began = time.monotonic()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, {**os.environ, **environment})
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def pump(self, seconds: float) -> None:
        """Read what comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], min(left, 0.05))
            if not ready:
                continue
            try:
                data = os.read(self._master, 65536 if self._rate is None else 512)
            except OSError:
                return
            self.written += data
            self.times.append((time.monotonic(), len(data)))
            if self._rate is not None:
                time.sleep(len(data) / self._rate)
            self._answer(len(data))

    def _answer(self, new: int) -> None:
        """Say where the cursor is, once for each time that was asked in what came last."""
        asked = self.written[-new - len(PING) + 1 :].count(PING)
        self.pings += asked
        if self._answers and asked:
            os.write(self._master, b"\x1b[1;1R" * asked)

    def quiet(self, seconds: float = 0.5) -> None:
        """Read until nothing has come for so long."""
        while not self.times or time.monotonic() - self.times[-1][0] < seconds:
            self.pump(0.05)

    def text(self) -> str:
        """The screen."""
        if self.inside is not None:
            return self.inside()
        # Only changed cells are written, so that words may come in pieces: the screen has them whole.
        self._screen.feed(self._decode(self.written[self._shown :]))
        self._shown = len(self.written)
        return self._screen.text()

    def shows(self, pattern: str) -> re.Match[str] | None:
        """Where the screen matches now."""
        return re.search(pattern, self.text())

    def until(self, pattern: str, patience: float = 60) -> float:
        """Read until the screen matches; returns the seconds."""
        began = time.monotonic()
        while not self.shows(pattern):
            assert time.monotonic() - began < patience, f"never saw {pattern!r}:\n{self.text()}"
            self.pump(0.01)
        return time.monotonic() - began

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def bytes_between(self, start: float, end: float) -> int:
        """Bytes written in a stretch of time."""
        return sum(count for at, count in self.times if start <= at <= end)

    def bursts(self, start: float, end: float, gap: float = 0.03) -> list[int]:
        """Bytes of each frame in a stretch of time: what came without a pause."""
        frames: list[int] = []
        last = 0.0
        for at, count in self.times:
            if start <= at <= end:
                if at - last > gap or not frames:
                    frames.append(0)
                frames[-1] += count
                last = at
        return frames

    def memory(self) -> float:
        """Resident memory of the program itself, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def close(self) -> None:
        """End it."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self._master)
