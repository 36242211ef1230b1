"""A real terminal to drive the real program in: one tmux server per pane."""

import os
import re
import shlex
import subprocess
import time
import uuid
from pathlib import Path


class Pane:
    """A program in a tmux pane of a given size."""

    def __init__(
        self,
        folder: Path,
        command: list[str],
        environment: dict[str, str],
        columns: int = 100,
        rows: int = 30,
    ) -> None:
        self._socket = f"dlwalk-{uuid.uuid4().hex[:8]}"
        conf = folder / f"{self._socket}.conf"
        conf.write_text(
            'set -g default-terminal "tmux-256color"\nset -ga terminal-features ",*:RGB"\n'
            "set -g status off\nset -g remain-on-exit on\nset -sg escape-time 0\n"
        )
        words = ["env", *(f"{name}={value}" for name, value in environment.items()), *command]
        self._tmux(
            *("-f", str(conf), "new-session", "-d", "-s", "s"),
            *("-x", str(columns), "-y", str(rows), shlex.join(words)),
        )

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return done.stdout

    def text(self) -> str:
        """The screen."""
        return self._tmux("capture-pane", "-p", "-t", "s")

    def _looks(self) -> str:
        return self._tmux("capture-pane", "-p", "-e", "-N", "-t", "s")

    def looks(self, still: int = 5) -> str:
        """The screen with its colours, once it is the same several times in a row."""
        screens = [""]
        while len(screens) < still or len(set(screens[-still:])) > 1:
            screens.append(self._looks())
            time.sleep(0.2)
        return screens[-1]

    def until_other_than(self, looks: str, patience: float = 10) -> None:
        """Wait until the screen is not what it was."""
        end = time.monotonic() + patience
        while self._looks() == looks:
            assert time.monotonic() < end, f"nothing moved:\n{self.text()}"
            time.sleep(0.05)

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size, and wait until the program has drawn for it."""
        self._tmux("resize-window", "-t", "s", "-x", str(columns), "-y", str(rows))
        self.until_other_than(self._looks())

    def until(self, pattern: str, patience: float = 40) -> str:
        """Wait until the screen matches; fails with the screen otherwise."""
        end = time.monotonic() + patience
        while True:
            screen = self.text()
            if re.search(pattern, screen):
                return screen
            assert time.monotonic() < end, f"never saw {pattern!r}; the screen:\n{screen}"
            time.sleep(0.05)

    def key(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        for key in keys:
            self._tmux("send-keys", "-t", "s", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type text."""
        self._tmux("send-keys", "-t", "s", "-l", text)
        time.sleep(0.05)

    def pid(self) -> int:
        """The process in the pane."""
        return int(self._tmux("display-message", "-p", "-t", "s", "#{pane_pid}").strip())

    def tty(self) -> str:
        """The terminal of the pane: whatever is written there stands on its screen."""
        return self._tmux("display-message", "-p", "-t", "s", "#{pane_tty}").strip()

    def dead(self) -> bool:
        """Whether the program has ended."""
        return self._tmux("display-message", "-p", "-t", "s", "#{pane_dead}").strip() == "1"

    def wait_dead(self, patience: float = 20) -> None:
        """Wait until the program has ended."""
        end = time.monotonic() + patience
        while not self.dead():
            assert time.monotonic() < end, f"still there:\n{self.text()}"
            time.sleep(0.05)

    def close(self) -> None:
        """End the server and what runs in it."""
        self._tmux("kill-server")
