"""The terminal as a thing that may vanish: a closed window, a dropped link, a dead multiplexer."""

import asyncio
import contextlib
import functools
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping

GRACE_SECONDS = 3.0
"""How long leaving may take once there is no terminal to write to."""
HANGUP = 129
"""Exit code of a program that SIGHUP ended, by the shells' convention."""


def leave_with_terminal(leave: Callable[[], object]) -> None:
    """Leave in good order once the terminal closes; called where the program's loop runs.

    A terminal that closes sends SIGHUP; without a handler the worker would be left behind.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, leave)
    assert sys.__stdin__ is not None, "there is a terminal, or we would not be here"
    gone = functools.partial(loop.call_soon_threadsafe, leave)
    TerminalWatch(sys.__stdin__.fileno(), gone).start()


def relayed(environment: Mapping[str, str]) -> bool:
    """Whether a multiplexer answers in the terminal's place, and hides how fast its link is."""
    kind = environment.get("TERM", "")
    return bool(environment.get("TMUX") or environment.get("STY")) or kind.startswith("screen")


class TerminalWatch(threading.Thread):
    """Waits, without ever looking, until the terminal is gone; then leaves.

    A terminal may go without SIGHUP. Textual's input thread would then read its end over and over
    on a whole core, and its output thread would be dead with the program waiting for it: so what
    has not left in time is ended. Every fact is on the disk by then, and the worker follows the
    end of its pipe.

    Args:
        number: Descriptor of the terminal.
        leave: Called from this thread, to leave in good order.
        end: Ends the process with an exit code, good order or not.
        grace: Seconds between the two.
    """

    def __init__(
        self,
        number: int,
        leave: Callable[[], object],
        end: Callable[[int], object] = os._exit,
        grace: float = GRACE_SECONDS,
    ) -> None:
        super().__init__(name="terminal", daemon=True)
        self._number = number
        self._leave = leave
        self._end = end
        self._grace = grace

    def run(self) -> None:
        """Wait for the end of the terminal."""
        poll = select.poll()
        poll.register(self._number, 0)
        for _, event in poll.poll():
            # Where a terminal cannot be polled, only SIGHUP tells.
            if event & (select.POLLHUP | select.POLLERR):
                # A loop that is closed has left already.
                with contextlib.suppress(RuntimeError):
                    self._leave()
                time.sleep(self._grace)
                self._end(HANGUP)
